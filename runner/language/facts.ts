// The names of facts (design.md 2, "Facts"), and how ansible_NAME, ansible_facts.NAME and facts.NAME are one. Data only.

/** Facts that `setup` gathers, under Ansible's names without `ansible_`. */
export const factNames: ReadonlySet<string> = new Set([
  'os_family',
  'distribution',
  'distribution_version',
  'distribution_major_version',
  'distribution_release',
  'distribution_file_variety',
  'kernel',
  'kernel_version',
  'system',
  'architecture',
  'machine',
  'userspace_bits',
  'hostname',
  'fqdn',
  'domain',
  'nodename',
  'machine_id',
  'processor',
  'processor_count',
  'processor_cores',
  'processor_threads_per_core',
  'processor_vcpus',
  'processor_nproc',
  'memtotal_mb',
  'memfree_mb',
  'memory_mb',
  'swaptotal_mb',
  'swapfree_mb',
  'default_ipv4',
  'default_ipv6',
  'all_ipv4_addresses',
  'all_ipv6_addresses',
  'interfaces',
  'mounts',
  'devices',
  'lvm',
  'dns',
  'pkg_mgr',
  'service_mgr',
  'selinux',
  'apparmor',
  'virtualization_type',
  'virtualization_role',
  'date_time',
  'uptime_seconds',
  'env',
  'user_id',
  'user_uid',
  'user_gid',
  'user_dir',
  'user_shell',
  'real_user_id',
  'effective_user_id',
  'cmdline',
  'proc_cmdline',
  'python',
  'python_version',
  'product_name',
  'product_uuid',
  'system_vendor',
  'bios_version',
  'form_factor',
  'local',
  'packages',
  'services',
]);

/** The fact that a top-level name asks for; undefined where it is another variable. */
export function factOf(name: string): string | undefined {
  const fact = name.startsWith('ansible_') ? name.slice('ansible_'.length) : undefined;
  return fact !== undefined && factNames.has(fact) ? fact : undefined;
}

/** Names of the map that holds all facts. */
export const isFactMap = (name: string): boolean => name === 'ansible_facts' || name === 'facts';

/** Whether reading the path needs gathered facts. */
export const needsFacts = (path: readonly string[]): boolean => isFactMap(path[0] ?? '') || factOf(path[0] ?? '') !== undefined;
