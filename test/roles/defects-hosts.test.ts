// Guards against the defects of the guide's own way (domain.md 6) in the roles registry, kernel, storage, nfs, k8s-dcompact and in the
// site: what can be read off roles and templates, or is found before a connection. What only a host can show is in test/lab.
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { commandLine } from '../support/command-line.ts';
import { inScratch } from '../support/module-cases.ts';

const checkout = resolve(import.meta.dirname, '../..');
const text = (path: string): string => readFileSync(join(checkout, path), 'utf8');
interface Task {
  readonly name: string;
  readonly [word: string]: unknown;
}
const tasksOf = (path: string): readonly Task[] => parseAllDocuments(text(path)).flatMap(one => (one.toJS() ?? []) as Task[]);
const ours = ['registry', 'kernel', 'storage', 'nfs', 'k8s-dcompact'];
const all = ours.flatMap(role =>
  readdirSync(join(checkout, 'roles', role))
    .filter(file => !['role.yaml', 'example.yaml'].includes(file))
    .flatMap(file => tasksOf(`roles/${role}/${file}`)),
);
const named = (path: string, name: string): Task => tasksOf(path).find(task => task.name === name) as Task;
const before = (path: string, one: string, other: string): boolean => {
  const names = tasksOf(path).map(task => task.name);
  return names.includes(one) && names.indexOf(one) < names.indexOf(other);
};
const words = (task: Task): string => JSON.stringify(task);
const manifests = ['workers', 'forwarder', 'services', 'autoscaler', 'network-policy']
  .map(name => text(`templates/k8s-dcompact/${name}.yaml.hbs`))
  .join('\n---\n');
const playbooks = readdirSync(join(checkout, 'playbooks')).filter(file => file.endsWith('.yaml'));

type Row = readonly [number, string, () => void | Promise<void>];
const rows: readonly Row[] = [
  [
    1,
    'images are pushed to the registry, not pulled and tagged alone',
    () => {
      expect(named('roles/registry/server.yaml', 'Images of the registry')).toMatchObject({
        registry_image: {},
        loop: '{{ registry_images }}',
      });
      expect(named('roles/registry/server.yaml', 'The catalog names every image')).toBeDefined();
    },
  ],
  [
    2,
    'the registry is started, now and at boot',
    () =>
      expect(named('roles/registry/server.yaml', 'Start the registry now and at boot')).toMatchObject({
        systemd: { enabled: true, state: 'started' },
      }),
  ],
  [
    3,
    'the name in an archive and the name in the registry are two inputs',
    () => {
      const properties = Object.keys(
        (
          tasksOf('roles/registry/role.yaml') as never as readonly {
            inputs: { registry_images: { items: { properties: object } } };
          }[]
        )[0]?.inputs.registry_images.items.properties ?? {},
      );
      expect(properties).toEqual(expect.arrayContaining(['archive_image', 'from', 'target', 'tag']));
    },
  ],
  [
    4,
    'the worker image names the registry and one version',
    () =>
      expect(text('roles/k8s-dcompact/role.yaml')).toContain(
        '"{{ registry_host }}:{{ registry_port }}/topling/dcompact-{{ edition }}:{{ dcompact_version }}',
      ),
  ],
  [
    5,
    'what proves the trust of a node is a pull by its runtime',
    () => {
      expect(words(named('roles/registry/docker.yaml', 'Pull the images'))).toContain('docker pull');
      expect(words(named('roles/registry/containerd.yaml', 'Pull the images'))).toContain('crictl');
    },
  ],
  [
    6,
    'a daemon.json with comments is refused, and left as it is',
    () =>
      inScratch('json_file', { 'd.json': '{\n  // x\n  "a": 1\n}\n' }, one => {
        expect(one.look({ path: '@/d.json', value: { b: 1 } }).refuse?.why).toContain('not JSON');
      }),
  ],
  [
    7,
    'the runtime of a node is found out, and containerd is one',
    () => expect(words(named('roles/registry/trust.yaml', 'Which runtime the node has'))).toContain('kubeadm-flags.env'),
  ],
  [
    8,
    'docker reads its registries again before the first pull',
    () => {
      expect(named('roles/registry/docker.yaml', 'Docker trusts the registry')).toMatchObject({ notify: 'reload docker' });
      expect(before('roles/registry/docker.yaml', 'Docker knows of the registry before it pulls', 'Pull the images')).toBe(true);
    },
  ],
  [9, 'no role calls kubectl', () => expect(all.filter(task => words(task).includes('kubectl'))).toEqual([])],
  [
    11,
    'every container has requests and limits',
    () => {
      const containers = (manifests.match(/^ +- name: .*\n(?: +.*\n)*? +image: /gm) ?? []).length;
      expect(containers).toBeGreaterThan(1);
      expect(manifests.match(/resources:\n +requests: .*\n +limits: /g)).toHaveLength(containers);
    },
  ],
  [
    12,
    'the workers have no "replicas": that is the autoscaler\'s',
    () => expect(text('templates/k8s-dcompact/workers.yaml.hbs')).not.toMatch(/^\s*replicas:/m),
  ],
  [
    13,
    'the autoscaler is of v2, with its behaviour',
    () => expect(text('templates/k8s-dcompact/autoscaler.yaml.hbs')).toMatch(/autoscaling\/v2\n[\s\S]*behavior:[\s\S]*scaleDown/),
  ],
  [
    14,
    'workers have probes, a grace, a budget and a spread',
    () => {
      for (const word of [
        'startupProbe',
        'readinessProbe',
        'livenessProbe',
        'terminationGracePeriodSeconds',
        'PodDisruptionBudget',
        'topologySpreadConstraints',
      ])
        expect(manifests).toContain(word);
    },
  ],
  [17, 'pods know the databases by hostAliases', () => expect(manifests).toContain('hostAliases: {{to_json host_aliases}}')],
  [
    18,
    'what the worker needs to know stands in its manifest',
    () => {
      for (const word of ['ADVERTISE_ADDR', 'NFS_DYNAMIC_MOUNT', 'NFS_MOUNT_ROOT', 'MULTI_PROCESS'])
        expect(manifests).toContain(`name: ${word},`);
    },
  ],
  [
    19,
    'parallel jobs are the limit of the pod, not the CPUs of the node',
    () => expect(manifests).toMatch(/MAX_PARALLEL_COMPACTIONS, valueFrom: \{ resourceFieldRef: \{ resource: limits.cpu/),
  ],
  [
    23,
    'the disk is mounted before a folder is made on it, and NFS comes after; it exports nothing that is not mounted',
    () => {
      expect(before('roles/storage/tasks.yaml', 'Bind the data disk to the root of the share', 'Folders of the share')).toBe(
        true,
      );
      const site = text('playbooks/site.yaml');
      expect(site.indexOf('storage.yaml')).toBeLessThan(site.indexOf('nfs.yaml'));
      expect(text('roles/nfs/role.yaml')).toContain('mountpoint={{ mytopling_root }}');
      expect(tasksOf('roles/nfs/tasks.yaml')[1]?.name).toBe('The share is the mount that it should be');
    },
  ],
  [
    24,
    'all folders are made, opt too, and may be there',
    () =>
      expect(named('roles/storage/tasks.yaml', 'Folders of the share')).toMatchObject({
        file: { state: 'directory' },
        loop: ['opt', 'datadir', 'wal', 'log-bin', 'infolog'],
      }),
  ],
  [
    25,
    'no file is written by a redirection',
    () =>
      expect(
        all.filter(task => ['shell', 'command'].some(word => word in task) && />>?\s*"?\/(etc|usr|var)/.test(words(task))),
      ).toEqual([]),
  ],
  [
    26,
    'fstab and exports are written by key, so a second run adds nothing',
    () => {
      expect(named('roles/storage/tasks.yaml', 'Bind the data disk to the root of the share')).toMatchObject({
        mount: { state: 'mounted' },
      });
      expect(named('roles/nfs/tasks.yaml', 'Export the data folder of the instance')).toMatchObject({ template: {} });
    },
  ],
  [
    27,
    'threads stand in a file of their own, in the section of nfsd',
    () => {
      expect(text('templates/nfs/nfs.conf.hbs')).toMatch(/\[nfsd\]\nthreads=\{\{nfs_threads\}\}/);
      expect(named('roles/nfs/tasks.yaml', 'Threads and versions of the server')).toMatchObject({
        template: { dest: '/etc/nfs.conf.d/90-tsrun.conf' },
      });
    },
  ],
  [
    28,
    'a changed export is exported again, changed threads restart the server, and both are looked at',
    () => {
      expect(named('roles/nfs/tasks.yaml', 'Export the data folder of the instance')).toMatchObject({ notify: 'export again' });
      expect(named('roles/nfs/tasks.yaml', 'Threads and versions of the server')).toMatchObject({ notify: 'restart nfs' });
      expect(named('roles/nfs/tasks.yaml', 'Exports, threads and versions are in force')).toBeDefined();
    },
  ],
  [
    29,
    'NFS is synchronous unless asked otherwise',
    () => expect(text('roles/nfs/role.yaml')).toMatch(/nfs_sync: .*default: sync \}/),
  ],
  [
    30,
    'trim is the timer, or an option of the mount itself',
    () => {
      expect(all.filter(task => words(task).includes('grep discard'))).toEqual([]);
      expect(named('roles/storage/tasks.yaml', 'Trim the disk once a week')).toMatchObject({ systemd: { name: 'fstrim.timer' } });
    },
  ],
  [
    31,
    'the default kernel is chosen by its path',
    () => {
      expect(words(named('roles/kernel/tasks.yaml', 'Boot the newest kernel of ELRepo by default'))).toContain('/boot/vmlinuz-');
      expect(all.filter(task => words(task).includes('default-index'))).toEqual([]);
    },
  ],
  [
    32,
    'the switch of io_uring is read, not the version alone',
    () => expect(named('roles/kernel/tasks.yaml', 'Io_uring is usable')).toMatchObject({ when: 'kernel_require_io_uring' }),
  ],
  [
    34,
    'SELinux is set by its module, permissive by default, and only where it is on',
    () => {
      expect(words(named('roles/kernel/tasks.yaml', 'SELinux state'))).toContain("facts.selinux.status == 'enabled'");
      expect(text('roles/kernel/role.yaml')).toMatch(/selinux_state: .*default: permissive/);
    },
  ],
  [
    35,
    'the firewall is a part of the site, and nothing switches one off',
    () => {
      expect(text('playbooks/site.yaml')).toContain('import_playbook: firewall.yaml');
      const firewall = ['firewall.yaml', 'firewall/firewalld.yaml', 'firewall/nftables.yaml']
        .map(file => text(`playbooks/${file}`))
        .join('');
      expect(firewall).not.toMatch(/enabled: false|state: stopped|disable/);
    },
  ],
  [
    45,
    'no playbook leaves a process in the background',
    () => expect(all.filter(task => /nohup|&\s*["\n]/.test(words(task)))).toEqual([]),
  ],
  [
    56,
    'the workers are fenced inside the cluster and on the nodes',
    () => {
      expect(manifests).toContain('kind: NetworkPolicy');
      expect(text('templates/firewall/tsrun.nft.hbs')).toContain('hook prerouting priority mangle');
    },
  ],
];

describe('defects of the guide', () => {
  it.each(rows)('defect %i: %s', async (_number, _sentence, guard) => {
    expect.hasAssertions();
    await Promise.resolve(guard());
  });
});

const lint = (playbook: string, extra: object) =>
  commandLine([`playbooks/${playbook}.yaml`, '-i', 'inventory/prod.yaml', '-e', JSON.stringify(extra), '--check'], {
    cwd: checkout,
  });

// All of these end with 5: the files tell, and nothing is connected to.
describe('the inventory is refused before a connection', () => {
  const image = { from: 'quay.io/a/b:1', target: 'a/b', tag: '1' };
  it.each([
    [3, 'registry', { registry_images: [image, image] }, 'the same target and tag'],
    [4, 'registry', { registry_images: [{ target: 'a/b', tag: '1' }] }, 'one of "from" and "archive"'],
    [15, 'k8s-dcompact', { pod_memory: '32G' }, 'pod_memory'],
    [15, 'k8s-dcompact', { node_sizes: [{ cpu: 8, memory: '16Gi' }] }, 'no node of the inventory has room'],
    [16, 'k8s-dcompact', { hpa_min: 5, hpa_max: 4 }, 'hpa_max is below hpa_min'],
    [29, 'nfs', { nfs_clients: ['*'] }, 'the whole world'],
    [51, 'nfs', { nfs_versions: ['2'] }, 'nfs_versions'],
    [59, 'storage', { mytopling_instance_name: 'same' }, 'must differ between hosts'],
  ] as const)('defect %i: %s with %j', async (_number, playbook, extra, why) => {
    const { code, err } = await lint(playbook, extra);
    expect(code).toBe(5);
    expect(err).toContain(why);
    expect(err).toContain('nothing was connected to');
  });

  it('one entry node is refused', async () => {
    const one = { cwd: checkout };
    const inventory = join(checkout, 'test/roles/one-node.yaml');
    const { code, err } = await commandLine(['playbooks/k8s-dcompact.yaml', '-i', inventory, '--check'], one);
    expect([code, err]).toEqual([5, expect.stringContaining('two entry points')]);
  });
});

describe('the example of an inventory', () => {
  it.each(playbooks)('%s lints with it', async playbook => {
    const { code, err } = await commandLine(['lint', `playbooks/${playbook}`, '-i', 'inventory/prod.yaml'], { cwd: checkout });
    expect([code, err]).toEqual([0, expect.not.stringMatching(/^E\d/m)]);
  });
});
