// Mounts, now and in fstab. It never forces an unmount: what is in use stays mounted and the task fails.
import type { Change, Footprint, Module, Plan, Step } from '../core/types.ts';
import { entryOf, tidy, withEntry, withoutEntry } from './parts/fstab.ts';
import type { FstabEntry } from './parts/fstab.ts';
import { choice, flag, gives, scalar, takes, text } from './parts/kinds.ts';
import { isBind, isMountOf, mountAt, readMounts } from './parts/mountinfo.ts';
import type { Mounted, Source } from './parts/mountinfo.ts';
import { mountProbe, mountScript } from './parts/mount-text.ts';
import type { MountAction as Action } from './parts/mount-text.ts';
import { plain, readSections, framed } from './parts/sections.ts';

interface Args {
  readonly path: string;
  readonly src?: string;
  readonly fstype?: string;
  readonly opts?: string;
  readonly dump: string | number;
  readonly passno: string | number;
  readonly boot: boolean;
  readonly backup: boolean;
  readonly fstab: string;
  readonly state: 'mounted' | 'present' | 'unmounted' | 'absent' | 'absent_from_fstab' | 'remounted' | 'ephemeral';
}
interface State {
  readonly mounts: readonly Mounted[];
  readonly fstab: string | null;
  readonly exists: boolean;
  readonly source: Source | null;
}
function entryWanted(args: Args): FstabEntry {
  const opts = args.opts ?? 'defaults';
  const words = opts.split(',');
  const noauto = !args.boot && !words.includes('noauto') && !words.includes('defaults');
  return {
    src: args.src ?? '',
    path: tidy(args.path),
    fstype: args.fstype ?? '',
    opts: noauto ? `${opts},noauto` : opts,
    dump: String(args.dump),
    passno: String(args.passno),
  };
}

const touches = (args: Args): readonly Footprint[] => [
  `mount:${tidy(args.path)}`,
  `file:${tidy(args.path)}`,
  `file:${tidy(args.path)}/`.replace('//', '/') as Footprint,
];
const shown = (at: Mounted | undefined): string =>
  at ? `${isBind(at.opts) || at.root !== '/' ? `${at.source}[${at.root}]` : at.source} (${at.fstype})` : 'not mounted';

function saved(args: Args, content: string, seen: State): readonly Change<Action>[] {
  const before = seen.fstab ?? '';
  if (content === before) return [];
  const old = entryOf(before, args.path);
  const next = entryOf(content, args.path);
  const word = (entry: FstabEntry | undefined) => (entry ? `${entry.src} ${entry.fstype} ${entry.opts}` : 'no entry');
  return [
    {
      summary: `${args.fstab}: ${tidy(args.path)} ${word(old)} -> ${word(next)}`,
      diff: { target: args.fstab, before, after: content },
      touches: [`file:${args.fstab}`],
      foretells: [{ path: args.fstab, is: 'file', content }],
      action: { do: 'fstab', file: args.fstab, content, backup: args.backup },
    },
  ];
}

function mounting(args: Args, seen: State, deed: 'mount' | 'remount' | 'replace', entry: FstabEntry): Change<Action> {
  const before = shown(mountAt(seen.mounts, args.path));
  const after = `${entry.src} (${entry.fstype}) ${entry.opts}`;
  return {
    summary: `${entry.path}: ${deed === 'mount' ? 'not mounted' : before} -> ${deed === 'remount' ? `remounted with ${entry.opts}` : entry.src}`,
    diff: { target: `mount ${entry.path}`, before, after },
    touches: touches(args),
    foretells: [{ mount: entry.path, source: entry.src }],
    ...(deed === 'mount' ? {} : { impact: 'restart' as const }),
    action: { do: deed, entry },
  };
}

function unmounting(args: Args, seen: State, removeFolder: boolean): Change<Action> {
  const at = mountAt(seen.mounts, args.path);
  const path = tidy(args.path);
  return {
    summary: at ? `${path}: ${shown(at)} -> not mounted` : `${path}: folder -> absent`,
    diff: { target: `mount ${path}`, before: at ? shown(at) : 'folder', after: removeFolder ? 'absent' : 'not mounted' },
    touches: touches(args),
    ...(removeFolder ? { foretells: [{ path, is: 'absent' as const }] } : {}),
    ...(at ? { impact: 'restart' as const } : {}),
    action: { do: 'unmount', path, removeFolder },
  };
}

/** The mount comes before the line in fstab: a line that cannot be mounted is never left behind. */
function mountedChanges(args: Args, seen: State): readonly Change<Action>[] {
  const entry = entryWanted(args);
  const file = saved(args, withEntry(seen.fstab ?? '', entry), seen);
  const at = mountAt(seen.mounts, args.path);
  if (!at) return [mounting(args, seen, 'mount', entry), ...file];
  if (file.length === 0) return [];
  const same = isMountOf(seen.mounts, at, entry.src, entry.opts, seen.source);
  return [mounting(args, seen, same ? 'remount' : 'replace', entry), ...file];
}

function changesOf(args: Args, seen: State): readonly Change<Action>[] {
  const at = mountAt(seen.mounts, args.path);
  const file = seen.fstab ?? '';
  const gone = () => saved(args, withoutEntry(file, args.path, args.src), seen);
  switch (args.state) {
    case 'present':
      return saved(args, withEntry(file, entryWanted(args)), seen);
    case 'absent_from_fstab':
      return gone();
    case 'absent':
      return gone().length > 0 ? [...(at || seen.exists ? [unmounting(args, seen, seen.exists)] : []), ...gone()] : [];
    case 'unmounted':
      return at ? [unmounting(args, seen, false)] : [];
    case 'mounted':
      return mountedChanges(args, seen);
    case 'ephemeral':
      return [mounting(args, seen, at ? 'remount' : 'mount', entryWanted(args))];
    case 'remounted': {
      const { foretells: _none, ...base } = mounting(args, seen, 'remount', {
        ...entryWanted(args),
        src: at?.source ?? '',
        fstype: at?.fstype ?? '',
      });
      return [{ ...base, action: { do: 'again', path: tidy(args.path), opts: args.opts ?? '' } }];
    }
  }
}

function refusal(args: Args, seen: State): Plan['refuse'] {
  const at = mountAt(seen.mounts, args.path);
  if (args.state === 'remounted' && !at) {
    return { why: `nothing is mounted at ${args.path}`, mend: 'write "state: mounted"' };
  }
  if (args.state === 'ephemeral' && at && !isMountOf(seen.mounts, at, args.src ?? '', args.opts, seen.source)) {
    return {
      why: `${args.path} has ${shown(at)} mounted, not ${args.src}`,
      mend: 'unmount it by a task with "state: unmounted" before, or take another path',
    };
  }
  return undefined;
}

function steps(action: Action): readonly Step[] {
  if (action.do !== 'fstab') return [{ run: { sh: mountScript(action) } }];
  return [{ put: action.file, content: action.content, ...(action.backup ? { backup: true } : {}) }];
}

/** `stat` says major and minor in hexadecimal. */
function readSource(text: string | undefined): Source | null {
  const [real = '', device = ''] = (text ?? '').split('\n');
  const [major, minor] = device.split(' ').map(part => Number.parseInt(part, 16));
  return real === ''
    ? null
    : { real, device: major === undefined || minor === undefined || Number.isNaN(major) ? '' : `${major}:${minor}` };
}

export const module: Module<Args, State, Action> = {
  summary: 'Mount filesystems, now and in fstab.',
  collection: 'ansible.posix',
  args: takes(
    {
      path: text('Where it is mounted.', { aliases: ['name'] }),
      src: text('What is mounted: a device, UUID=..., host:/path, a folder for a bind mount.'),
      fstype: text('The kind of filesystem; none for a bind mount.'),
      opts: text('Options; default: defaults.'),
      dump: scalar('The field for dump.', { default: '0' }),
      passno: scalar('The order of fsck at boot.', { default: '0' }),
      boot: flag('Mount it at boot; false adds noauto.', true),
      backup: flag('Keep a copy of the fstab that was.', false),
      fstab: text('The fstab.', { default: '/etc/fstab' }),
      state: choice(
        'mounted: in fstab and mounted; present: in fstab; ephemeral: mounted, fstab left alone; absent: neither, and the folder is removed.',
        ['absent', 'absent_from_fstab', 'mounted', 'present', 'unmounted', 'remounted', 'ephemeral'],
      ),
    },
    ['path', 'state'],
  ),
  returns: gives(
    Object.fromEntries(
      ['name', 'src', 'fstype', 'opts', 'dump', 'passno', 'fstab', 'boot', 'backup_file'].map(key => [key, { type: 'string' }]),
    ),
  ),
  examples: [
    {
      title: 'A bind mount, now and at boot',
      yaml: 'mount: { path: /srv/nfs/data, src: /mnt/data, fstype: none, opts: bind, state: mounted }',
    },
    {
      title: 'An NFS mount',
      yaml: 'mount: { path: /mnt/mynfs, src: "db-1:/srv/nfs", fstype: nfs, opts: "rw,vers=4.2,_netdev", state: mounted }',
    },
  ],
  differs: [
    'What cannot be mounted leaves no line in fstab: it is mounted first, then written down.',
    'A line in fstab without its last two fields counts as having 0 0.',
    'A path that has another source mounted, while fstab is right, gets a warning.',
  ],
  notes: [
    'Needs mount and umount, and for network filesystems their mount program (nfs-common, nfs-utils). Nothing is unmounted by force.',
  ],
  check: args => {
    const needs = ['mounted', 'present', 'ephemeral'].includes(args.state);
    const lost = [...(args.src === undefined ? ['src'] : []), ...(args.fstype === undefined ? ['fstype'] : [])];
    return needs && lost.length > 0 ? [`"state: ${args.state}" needs ${lost.map(name => `"${name}"`).join(' and ')}`] : [];
  },
  probe: args => ({
    ask: framed(mountProbe(args)),
    reads: [`mount:${tidy(args.path)}`, 'mount:', `file:${args.fstab}`, `file:${tidy(args.path)}`],
    parse: out => {
      if (out.code === 3) throw new Error('/proc/self/mountinfo cannot be read');
      const sections = readSections(out);
      return {
        mounts: readMounts(sections.get('mounts') ?? ''),
        fstab: sections.get('fstab') ?? null,
        exists: plain(sections, 'folder') === 'yes',
        source: readSource(sections.get('source')),
      };
    },
  }),
  plan: (args, seen) => {
    const { path, ...fields } = entryWanted(args);
    const result = { name: path, ...fields, fstab: args.fstab, boot: args.boot ? 'yes' : 'no', backup_file: '' };
    const refuse = refusal(args, seen);
    if (refuse) return { changes: [], result, refuse };
    const changes = changesOf(args, seen);
    const at = mountAt(seen.mounts, args.path);
    const other =
      args.state === 'mounted' && at && changes.length === 0 && !isMountOf(seen.mounts, at, fields.src, fields.opts, seen.source);
    const warnings =
      other && !['tmpfs', 'proc', 'sysfs'].includes(at.fstype) ? [`${path} has ${shown(at)} mounted, not ${fields.src}`] : [];
    return { changes, result, warnings, ...(['remounted', 'ephemeral'].includes(args.state) ? { repeats: true } : {}) };
  },
  apply: steps,
  // The one step that names a file that ends so is the put of an fstab with backup.
  failsByCode: true,
  result: (_, __, outputs) => {
    const kept = outputs.map(output => output.text()).find(name => name.endsWith('~'));
    return kept === undefined ? {} : { backup_file: kept };
  },
  foresee: (args, seen, foretold) => {
    if (seen === null) return null;
    const file = foretold.findLast(fact => 'path' in fact && fact.path === args.fstab);
    const mount = foretold.findLast(fact => 'mount' in fact && fact.mount === tidy(args.path));
    const fstab = file && 'path' in file ? (file.content ?? seen.fstab) : seen.fstab;
    if (!mount || !('mount' in mount)) return { ...seen, fstab };
    const added: Mounted = {
      device: '',
      root: '/',
      path: tidy(args.path),
      fstype: args.fstype ?? '',
      source: mount.source ?? '',
      opts: '',
    };
    return { ...seen, fstab, exists: true, mounts: [...seen.mounts, added] };
  },
};
