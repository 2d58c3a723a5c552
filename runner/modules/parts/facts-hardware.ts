// Facts of the hardware: processor, memory, firmware, mounts, devices, virtualization. Reads an answer; asks nothing.
import type { Vars } from '../../core/types.ts';
import { unescape } from './fstab.ts';
import { plain } from './sections.ts';
import type { Sections } from './sections.ts';

export function processor(sections: Sections): Vars {
  const blocks = (sections.get('cpuinfo') ?? '')
    .split(/\n\s*\n/)
    .map(readBlock)
    .filter(block => 'processor' in block);
  const sockets = new Set(blocks.map(block => block['physical id']).filter(Boolean));
  const nproc = Number(plain(sections, 'nproc')) || blocks.length;
  const count = sockets.size || blocks.length;
  const cores = Number(blocks[0]?.['cpu cores'] ?? 1);
  const siblings = Number(blocks[0]?.['siblings'] ?? cores);
  const threads = Math.max(1, Math.floor(siblings / cores));
  return {
    processor: blocks.flatMap(block =>
      [block['processor'], block['vendor_id'], block['model name'] ?? block['Processor']].filter(Boolean),
    ),
    processor_count: count,
    processor_cores: cores,
    processor_threads_per_core: threads,
    processor_vcpus: sockets.size > 0 ? threads * count * cores : blocks.length,
    processor_nproc: nproc,
  };
}

function readBlock(text: string): Readonly<Record<string, string>> {
  const rows = text
    .split('\n')
    .map(row => [row.slice(0, row.indexOf(':')).trim(), row.slice(row.indexOf(':') + 1).trim()] as const);
  return Object.fromEntries(rows.filter(([key]) => key !== ''));
}

export function memory(sections: Sections): Vars {
  const found = readBlock(sections.get('meminfo') ?? '');
  const mb = (key: string) => Math.floor(Number.parseInt(found[key] ?? '0', 10) / 1024);
  const [total, free, cached, swapTotal, swapFree] = [
    mb('MemTotal'),
    mb('MemFree'),
    mb('Cached') + mb('Buffers'),
    mb('SwapTotal'),
    mb('SwapFree'),
  ];
  return {
    memtotal_mb: total,
    memfree_mb: free,
    swaptotal_mb: swapTotal,
    swapfree_mb: swapFree,
    memory_mb: {
      real: { total, used: total - free, free },
      nocache: { free: free + cached, used: total - free - cached },
      swap: { total: swapTotal, free: swapFree, used: swapTotal - swapFree, cached: mb('SwapCached') },
    },
  };
}

const FORMS =
  'Unknown,Other,Unknown,Desktop,Low Profile Desktop,Pizza Box,Mini Tower,Tower,Portable,Laptop,Notebook,Hand Held,Docking Station,All In One,Sub Notebook,Space-saving,Lunch Box,Main Server Chassis,Expansion Chassis,Sub Chassis,Bus Expansion Chassis,Peripheral Chassis,RAID Chassis,Rack Mount Chassis'.split(
    ',',
  );

export function firmware(sections: Sections): Vars {
  const of = (name: string) => plain(sections, `dmi:${name}`).trim() || 'NA';
  const named = ['product_name', 'product_version', 'product_uuid', 'product_serial', 'bios_version', 'bios_date', 'bios_vendor'];
  const parts = [
    'board_name',
    'board_vendor',
    'board_version',
    'board_serial',
    'board_asset_tag',
    'chassis_vendor',
    'chassis_version',
    'chassis_serial',
    'chassis_asset_tag',
  ];
  return {
    ...Object.fromEntries([...named, ...parts].map(name => [name, of(name)])),
    system_vendor: of('sys_vendor'),
    form_factor: FORMS[Number(of('chassis_type'))] ?? 'NA',
  };
}

/** `... UUID -> ../../sda1` */
function readLinks(text: string): ReadonlyMap<string, string> {
  const rows = text.split('\n').map(row => /(\S+) -> (?:\.\.\/)*(\S+)$/.exec(row));
  return new Map(
    rows.flatMap(found => (found?.[1] && found[2] ? [[found[2].replace(/^.*\//, ''), unescapeHex(found[1])] as const] : [])),
  );
}
const unescapeHex = (text: string): string =>
  text.replace(/\\x([0-9a-f]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/** Only what a device or another host stands behind, as Ansible lists it. */
export function mounts(sections: Sections): Vars {
  const uuids = readLinks(sections.get('uuids') ?? '');
  const sizes = new Map(
    plain(sections, 'sizes')
      .split('\n')
      .map(row => [row.split('\t')[0] ?? '', row.split('\t').slice(1).map(Number)] as const),
  );
  const rows = plain(sections, 'mounts')
    .split('\n')
    .map(row => row.split(' ').map(unescape));
  const listed = rows.filter(([device = '', , fstype]) => (device.startsWith('/') || device.includes(':/')) && fstype !== 'none');
  return {
    mounts: listed.map(([device = '', mount = '', fstype, options, dump, passno]) => {
      const size = sizes.get(mount);
      const base = {
        device,
        mount,
        fstype,
        options,
        dump: Number(dump ?? 0),
        passno: Number(passno ?? 0),
        uuid: uuids.get(device.replace(/^.*\//, '')) ?? 'N/A',
      };
      return size && size.length === 5 ? { ...base, ...measures(size) } : base;
    }),
  };
}

function measures([block = 0, total = 0, available = 0, inodes = 0, inodesFree = 0]: readonly number[]): Vars {
  return {
    block_size: block,
    block_total: total,
    block_available: available,
    block_used: total - available,
    size_total: block * total,
    size_available: block * available,
    inode_total: inodes,
    inode_available: inodesFree,
    inode_used: inodes - inodesFree,
  };
}

/** Sectors of a block device in /sys are of 512 bytes, whatever its own are. */
function readable(sectors: number): string {
  const units = ['Bytes', 'KB', 'MB', 'GB', 'TB', 'PB'];
  let size = sectors * 512;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${size.toFixed(2)} ${units[unit]}`;
}

export function devices(sections: Sections): Vars {
  const uuids = readLinks(sections.get('uuids') ?? '');
  const labels = readLinks(sections.get('labels') ?? '');
  const links = (name: string) => ({
    ids: [],
    uuids: [uuids.get(name)].filter(Boolean),
    labels: [labels.get(name)].filter(Boolean),
    masters: [],
  });
  const names = new Set([...sections.keys()].flatMap(key => /^disk:([^:]+):/.exec(key)?.[1] ?? []));
  const disk = (name: string): Vars => {
    const of = (field: string) => plain(sections, `disk:${name}:${field}`).trim();
    const sectors = Number(of('size'));
    return {
      model: of('device/model') || null,
      vendor: of('device/vendor') || null,
      ...(of('device/serial') ? { serial: of('device/serial') } : {}),
      virtual: of('virtual') === '1' ? 1 : 0,
      removable: of('removable'),
      rotational: of('queue/rotational'),
      support_discard: of('queue/discard_granularity'),
      sectors: String(sectors),
      sectorsize: of('queue/logical_block_size') || '512',
      size: readable(sectors),
      holders: [...sections.keys()].flatMap(key =>
        key.startsWith(`disk:${name}:holder:`) ? [key.slice(`disk:${name}:holder:`.length)] : [],
      ),
      partitions: partitions(sections, name, links),
      links: links(name),
    };
  };
  return { devices: Object.fromEntries([...names].map(name => [name, disk(name)])) };
}

function partitions(sections: Sections, disk: string, links: (name: string) => { readonly uuids: readonly unknown[] }): Vars {
  const names = new Set([...sections.keys()].flatMap(key => (key.startsWith(`part:${disk}:`) ? [key.split(':')[2] ?? ''] : [])));
  const one = (name: string): Vars => {
    const of = (field: string) => plain(sections, `part:${disk}:${name}:${field}`);
    const found = links(name);
    return {
      sectors: of('size'),
      sectorsize: 512,
      size: readable(Number(of('size'))),
      start: of('start'),
      uuid: found.uuids[0] ?? null,
      holders: [],
      links: found,
    };
  };
  return Object.fromEntries([...names].map(name => [name, one(name)]));
}

const HYPERVISORS: readonly (readonly [RegExp, string])[] = [
  [/^(KVM|Bochs|AHV|Standard PC)|QEMU|Amazon EC2|DigitalOcean|Google|Hetzner|oVirt|RHEV/, 'kvm'],
  [/VMware/, 'VMware'],
  [/VirtualBox|innotek/, 'virtualbox'],
  [/Virtual Machine|Hyper-V/, 'VirtualPC'],
  [/Xen/, 'xen'],
  [/Parallels/, 'parallels'],
  [/OpenStack/, 'openstack'],
  [/Bhyve|BHYVE/, 'bhyve'],
];

export function virtualization(sections: Sections): Vars {
  const container = plain(sections, 'run_container') || plain(sections, 'init_env').replace(/^container=/, '');
  const cgroup = sections.get('cgroup') ?? '';
  const guest = (type: string) => ({ virtualization_type: type, virtualization_role: 'guest' });
  if (sections.has('dockerenv') || /\/docker[/-]/.test(cgroup) || container === 'docker') return guest('docker');
  if (sections.has('containerenv') || container === 'podman') return guest('podman');
  if (/\/lxc[/.]/.test(cgroup) || container.startsWith('lxc')) return guest('lxc');
  if (container !== '') return guest(container === 'systemd-nspawn' ? container : 'container');
  if (sections.has('vz')) return guest('openvz');
  if (plain(sections, 'hypervisor') === 'xen') return guest('xen');
  const board = ['virt_product', 'virt_vendor', 'virt_bios'].map(name => plain(sections, name)).join(' ');
  const found = HYPERVISORS.find(([words]) => words.test(board))?.[1];
  const flags = plain(sections, 'cpu_flags');
  if (found) return guest(found);
  if (flags.includes('hypervisor')) return guest('kvm');
  return sections.has('kvm')
    ? { virtualization_type: 'kvm', virtualization_role: 'host' }
    : { virtualization_type: 'NA', virtualization_role: 'NA' };
}
