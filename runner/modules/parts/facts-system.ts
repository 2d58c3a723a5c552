// Facts of the system: distribution, time, user, package manager, init, SELinux. Reads an answer; asks nothing.
import type { Vars } from '../../core/types.ts';
import { plain } from './sections.ts';
import type { Sections } from './sections.ts';

/** `KEY="value"` lines, as in os-release; comments fall out. */
export function readKeys(text: string): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const row of text.split('\n')) {
    const [, key, value = ''] = /^\s*([A-Za-z_]\w*)=(.*)$/.exec(row) ?? [];
    if (key)
      found[key] = value
        .trim()
        .replace(/^(["'])(.*)\1$/s, '$2')
        .replace(/\\(["'$`\\])/g, '$1');
  }
  return found;
}

const NAMES: Readonly<Record<string, string>> = {
  debian: 'Debian',
  ubuntu: 'Ubuntu',
  linuxmint: 'Linux Mint',
  raspbian: 'Debian',
  kali: 'Kali',
  devuan: 'Devuan',
  rhel: 'RedHat',
  centos: 'CentOS',
  fedora: 'Fedora',
  rocky: 'Rocky',
  almalinux: 'AlmaLinux',
  ol: 'OracleLinux',
  amzn: 'Amazon',
  scientific: 'Scientific',
  openEuler: 'openEuler',
  anolis: 'Anolis',
  alpine: 'Alpine',
  arch: 'Archlinux',
  gentoo: 'Gentoo',
  sles: 'SLES',
  sled: 'SLED',
  'opensuse-leap': 'openSUSE Leap',
  'opensuse-tumbleweed': 'openSUSE Tumbleweed',
};
const FAMILIES: readonly (readonly [string, RegExp])[] = [
  ['Debian', /\b(debian|ubuntu|raspbian|kali|devuan|linuxmint)\b/],
  [
    'RedHat',
    /\b(rhel|fedora|centos|rocky|almalinux|ol|amzn|scientific|openEuler|anolis|cloudlinux|tencentos|opencloudos|kylin)\b/,
  ],
  ['Suse', /\b(suse|opensuse|sles|sled)\b|opensuse/],
  ['Alpine', /\balpine\b/],
  ['Archlinux', /\barch\b/],
  ['Gentoo', /\bgentoo\b/],
];

export function distribution(sections: Sections): Vars {
  const os = readKeys(sections.get('os') ?? '');
  const id = os['ID'] ?? '';
  const both = `${id} ${os['ID_LIKE'] ?? ''}`;
  const family = FAMILIES.find(([, words]) => words.test(id))?.[0] ?? FAMILIES.find(([, words]) => words.test(both))?.[0];
  const name = NAMES[id] ?? os['NAME']?.split(' ')[0] ?? 'NA';
  const version = versionOf(sections, os);
  const codename =
    os['VERSION_CODENAME'] ||
    /\(([^)]+)\)/.exec(os['VERSION'] ?? '')?.[1] ||
    /\(([^)]+)\)/.exec(plain(sections, 'redhat_release'))?.[1] ||
    'NA';
  return {
    distribution: name,
    distribution_version: version,
    distribution_major_version: version.split('.')[0] ?? 'NA',
    ...(version.includes('.') ? { distribution_minor_version: version.split('.')[1] } : {}),
    distribution_release: codename,
    distribution_file_variety: family === 'RedHat' && name !== 'Amazon' ? 'RedHat' : name,
    os_family: family ?? name,
  };
}

/** Debian and CentOS write the point release into a file of their own. */
function versionOf(sections: Sections, os: Readonly<Record<string, string>>): string {
  const listed = os['VERSION_ID'] ?? '';
  const debian = plain(sections, 'debian_version');
  if (os['ID'] === 'debian' && debian.startsWith(`${listed}.`)) return debian;
  const centos = /release (\d+(?:\.\d+)?)/.exec(plain(sections, 'redhat_release'))?.[1];
  if (os['ID'] === 'centos' && centos) return centos;
  return listed === '' ? (/^\d[\d.]*/.exec(debian)?.[0] ?? 'NA') : listed;
}

export function platform(sections: Sections): Vars {
  const [system = '', nodename = '', kernel = '', machine = '', kernelVersion = ''] = plain(sections, 'uname').split('\n');
  const hostname = nodename.split('.')[0] ?? '';
  const fqdn = plain(sections, 'fqdn') || nodename;
  const bits = machine.includes('64') || machine === 's390x' ? '64' : '32';
  return {
    system,
    kernel,
    kernel_version: kernelVersion,
    machine,
    architecture: /^i[3-6]86$/.test(machine) ? 'i386' : machine,
    userspace_bits: bits,
    userspace_architecture: machine,
    nodename,
    hostname,
    fqdn,
    domain: fqdn.includes('.') ? fqdn.slice(fqdn.indexOf('.') + 1) : '',
    machine_id: plain(sections, 'machine_id'),
    uptime_seconds: Math.floor(Number(plain(sections, 'uptime').split(' ')[0] ?? 0)),
    ...loads(plain(sections, 'loadavg')),
    is_chroot: plain(sections, 'chroot') === 'yes',
    fips: plain(sections, 'fips') === '1',
    ...commandLine(plain(sections, 'cmdline')),
    ...hostKeys(sections),
  };
}

function loads(text: string): Vars {
  const [one, five, fifteen] = text.split(' ').map(Number);
  return { loadavg: { '1m': one ?? 0, '5m': five ?? 0, '15m': fifteen ?? 0 } };
}

/** `cmdline` keeps the last of words that come twice, `proc_cmdline` all. */
function commandLine(text: string): Vars {
  const last: Record<string, unknown> = {};
  const all: Record<string, unknown> = {};
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const at = word.indexOf('=');
    const key = at < 0 ? word : word.slice(0, at);
    const value = at < 0 ? true : word.slice(at + 1);
    last[key] = value;
    all[key] = key in all ? [all[key], value].flat() : value;
  }
  return { cmdline: last, proc_cmdline: all };
}

function hostKeys(sections: Sections): Vars {
  const found: Record<string, string> = {};
  for (const name of sections.keys()) {
    const kind = /^key:.*ssh_host_(\w+)_key\.pub$/.exec(name)?.[1];
    const [type = '', key = ''] = plain(sections, name).split(' ');
    if (kind && key)
      Object.assign(found, { [`ssh_host_key_${kind}_public`]: key, [`ssh_host_key_${kind}_public_keytype`]: type });
  }
  return found;
}

export function dateTime(sections: Sections): Vars {
  const [year, month, day, hour, minute, second, epoch, zone, offset, weekday, number, week] = plain(sections, 'date').split(' ');
  if (!epoch) return {};
  const utc = new Date(Number(epoch) * 1000).toISOString();
  return {
    date_time: {
      year,
      month,
      day,
      hour,
      minute,
      second,
      epoch,
      epoch_int: epoch,
      date: `${year}-${month}-${day}`,
      time: `${hour}:${minute}:${second}`,
      tz: zone,
      tz_dst: zone,
      tz_offset: offset,
      weekday,
      weekday_number: number,
      weeknumber: week,
      iso8601: `${utc.slice(0, 19)}Z`,
      iso8601_micro: `${utc.slice(0, 19)}.000000Z`,
      iso8601_basic: `${year}${month}${day}T${hour}${minute}${second}000000`,
      iso8601_basic_short: `${year}${month}${day}T${hour}${minute}${second}`,
    },
  };
}

export function user(sections: Sections): Vars {
  const [uid, gid, name = '', , realUid, realGid] = plain(sections, 'id').split('\n');
  const [, , , , gecos = '', dir = '', shell = ''] = plain(sections, 'passwd').split(':');
  const env: Record<string, string> = {};
  for (const row of plain(sections, 'env').split('\n')) {
    const at = row.indexOf('=');
    if (at > 0) env[row.slice(0, at)] = row.slice(at + 1).replaceAll('\u0001', '\n');
  }
  return {
    user_id: name,
    user_uid: Number(uid),
    user_gid: Number(gid),
    user_gecos: gecos,
    user_dir: dir,
    user_shell: shell,
    effective_user_id: Number(uid),
    effective_group_id: Number(gid),
    real_user_id: Number(realUid),
    real_group_id: Number(realGid),
    env,
  };
}

export function software(sections: Sections): Vars {
  const tools = plain(sections, 'init_tools');
  const init = plain(sections, 'init');
  const service =
    tools.includes('booted') || init === 'systemd'
      ? 'systemd'
      : tools.includes('openrc')
        ? 'openrc'
        : tools.includes('initctl')
          ? 'upstart'
          : 'sysvinit';
  return {
    service_mgr: service,
    pkg_mgr: packageManager(plain(sections, 'managers'), String(distribution(sections)['os_family'])),
    selinux: selinux(sections),
    apparmor: { status: sections.has('apparmor') ? 'enabled' : 'disabled' },
    dns: resolver(plain(sections, 'resolv')),
    python: null,
    local: localFacts(sections),
    lsb: {},
  };
}

/** A host may have the tools of another family: its own come first. */
function packageManager(found: string, family: string): string {
  const has = (name: string) => found.split(' ').includes(name);
  if (family === 'RedHat') for (const name of ['dnf', 'yum']) if (has(name)) return name;
  if (family === 'Debian' && has('apt-get')) return 'apt';
  const names: readonly (readonly [string, string])[] = [
    ['apt-get', 'apt'],
    ['dnf', 'dnf'],
    ['yum', 'yum'],
    ['zypper', 'zypper'],
    ['apk', 'apk'],
    ['pacman', 'pacman'],
    ['emerge', 'portage'],
  ];
  return names.find(([program]) => has(program))?.[1] ?? 'unknown';
}

function selinux(sections: Sections): Vars {
  const live = plain(sections, 'selinux');
  const config = readKeys(sections.get('selinux_config') ?? '');
  if (live === 'none') return { status: 'disabled' };
  return {
    status: 'enabled',
    mode: live === '1' ? 'enforcing' : 'permissive',
    config_mode: config['SELINUX'] ?? 'unknown',
    type: config['SELINUXTYPE'] ?? 'unknown',
    policyvers: Number(plain(sections, 'selinux_policyvers')) || 'unknown',
  };
}

function resolver(text: string): Vars {
  const words = text.split('\n').map(row =>
    row
      .replace(/[#;].*$/, '')
      .trim()
      .split(/\s+/),
  );
  const of = (key: string) => words.filter(([first]) => first === key).flatMap(([, ...rest]) => rest);
  return {
    ...(of('nameserver').length > 0 ? { nameservers: of('nameserver') } : {}),
    ...(of('search').length > 0 ? { search: of('search') } : {}),
    ...(of('domain').length > 0 ? { domain: of('domain')[0] } : {}),
    ...(of('options').length > 0
      ? { options: Object.fromEntries(of('options').map(word => [word.split(':')[0], word.split(':')[1] ?? true])) }
      : {}),
  };
}

function localFacts(sections: Sections): Vars {
  const found: Record<string, unknown> = {};
  for (const [name, text] of sections) if (name.startsWith('local:')) found[name.slice(6)] = readFact(text);
  return found;
}

function readFact(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return readIni(text);
  }
}

function readIni(text: string): unknown {
  const whole: Record<string, Record<string, string>> = {};
  let current: Record<string, string> | undefined;
  for (const row of text.split('\n')) {
    const head = /^\s*\[([^\]]+)\]/.exec(row)?.[1];
    if (head) current = whole[head] ??= {};
    const [, key, value] = /^\s*([^#;\s=:][^=:]*?)\s*[=:]\s*(.*)$/.exec(row) ?? [];
    if (key && current) current[key.toLowerCase()] = value ?? '';
  }
  return Object.keys(whole).length > 0 ? whole : `error loading fact: please check the content: ${text.trim().slice(0, 200)}`;
}
