// Makes filesystems on blank devices. What is mounted or held is never touched; what is not blank only with `force`.
import { lines, raw, sh } from '../core/shell.ts';
import type { Change, Module, Plan, Script } from '../core/types.ts';
import { choice, flag, gives, takes, text } from './parts/kinds.ts';
import { line, plain, readSections, section, framed } from './parts/sections.ts';
import { readKeys } from './parts/facts-system.ts';

interface Args {
  readonly dev: string;
  readonly fstype?: string;
  readonly state: 'present' | 'absent';
  readonly opts?: string;
  readonly force: boolean;
  readonly resizefs: boolean;
}
interface State {
  readonly exists: boolean;
  readonly hasBlkid: boolean;
  /** What is on it: TYPE of a filesystem, '' where blkid finds none. */
  readonly type: string;
  readonly partitions: string;
  /** Where it is mounted, or what holds it. */
  readonly uses: readonly string[];
  readonly mounted: string;
  /** Bytes; NaN where not asked. */
  readonly size: number;
  readonly filled: number;
}
const nothing = { type: '', partitions: '', uses: [], mounted: '', size: Number.NaN, filled: Number.NaN };

interface Action {
  readonly script: Script;
}

interface Kind {
  readonly type: string;
  readonly program: string;
  readonly force: readonly string[];
  readonly package: string;
}
const kinds: Readonly<Record<string, Kind>> = {
  ext2: { type: 'ext2', program: 'mkfs.ext2', force: ['-F'], package: 'e2fsprogs' },
  ext3: { type: 'ext3', program: 'mkfs.ext3', force: ['-F'], package: 'e2fsprogs' },
  ext4: { type: 'ext4', program: 'mkfs.ext4', force: ['-F'], package: 'e2fsprogs' },
  xfs: { type: 'xfs', program: 'mkfs.xfs', force: ['-f'], package: 'xfsprogs' },
  btrfs: { type: 'btrfs', program: 'mkfs.btrfs', force: ['-f'], package: 'btrfs-progs' },
  f2fs: { type: 'f2fs', program: 'mkfs.f2fs', force: ['-f'], package: 'f2fs-tools' },
  ocfs2: { type: 'ocfs2', program: 'mkfs.ocfs2', force: ['-Fx'], package: 'ocfs2-tools' },
  reiserfs: { type: 'reiserfs', program: 'mkfs.reiserfs', force: ['-q'], package: 'reiserfsprogs' },
  vfat: { type: 'vfat', program: 'mkfs.vfat', force: [], package: 'dosfstools' },
  lvm: { type: 'LVM2_member', program: 'pvcreate', force: ['-f'], package: 'lvm2' },
  swap: { type: 'swap', program: 'mkswap', force: ['-f'], package: 'util-linux' },
};
const kindOf = (fstype: string | undefined): Kind | undefined => kinds[fstype === 'LVM2_member' ? 'lvm' : (fstype ?? '')];

function probeScript({ dev, resizefs }: Args): Script {
  const sizes = lines(
    section('size', sh`blockdev --getsize64 "$d" || stat -c %s "$d"`),
    sh`case $t in ext*)`,
    section(
      'filled',
      sh`dumpe2fs -h "$d" | awk -F: '/^Block count/ { c = $2 } /^Block size/ { s = $2 } END { printf "%.0f\\n", c * s }'`,
    ),
    sh`;; xfs)`,
    section(
      'filled',
      sh`[ -z "$p" ] || xfs_info "$p" | awk -F'[ =,]+' '/^data/ { for (i = 1; i < NF; i++) { if ($i == "bsize") s = $(i + 1); if ($i == "blocks") c = $(i + 1) } } END { printf "%.0f\\n", c * s }'`,
    ),
    sh`;; esac`,
  );
  return lines(
    sh`[ -e ${dev} ] || exit 4; d=$(readlink -f ${dev}); command -v blkid >/dev/null || exit 3`,
    sh`o=$(blkid -p -o export "$d" 2>/dev/null); t=$(printf '%s\\n' "$o" | sed -n 's/^TYPE=//p')`,
    section('blkid', sh`printf '%s\\n' "$o"`),
    sh`n=; [ ! -b "$d" ] || n=$(stat -c '%t %T' "$d"); set -- $n; [ $# -lt 2 ] || n=$((0x$1)):$((0x$2)); p=`,
    sh`while read -r i x m r q y; do [ -n "$n" ] && [ "$m" = "$n" ] && p=$q; case " $y " in *" $d "*) p=$q;; esac; done < /proc/self/mountinfo`,
    line('mounted', sh`"$p"`),
    section(
      'uses',
      sh`grep -F -- "$d " /proc/swaps; [ -z "$n" ] || ls "/sys/dev/block/$n/holders"; for x in /sys/dev/block/$n/*/partition; do [ ! -e "$x" ] || echo partition; done`,
    ),
    ...(resizefs ? [sizes] : []),
  );
}

const inUse = (seen: State): string =>
  [
    ...(seen.mounted ? [`mounted at ${seen.mounted}`] : []),
    ...seen.uses.filter(use => use !== 'partition').map(use => `held by ${use}`),
  ].join(', ');

function change(args: Args, seen: State, after: string, script: Script, destroys: boolean): Change<Action> {
  const before = seen.type || (seen.partitions ? `a ${seen.partitions} partition table` : 'blank');
  return {
    summary: `${args.dev}: ${before} -> ${after}`,
    diff: { target: args.dev, before, after },
    touches: [`file:${args.dev}`, 'device:', 'file:/dev/disk/'],
    ...(destroys ? { impact: 'destroys' as const } : {}),
    action: { script },
  };
}

const refused = (why: string, mend: string): Plan<Action> => ({ changes: [], result: {}, refuse: { why, mend } });

function growing({ dev, fstype }: Args, seen: State): Script | null {
  const mounted = (deed: Script): Script =>
    seen.mounted
      ? deed
      : lines(sh`t=$(mktemp -d) && mount ${dev} "$t" || exit; p=$t`, deed, sh`c=$?; umount "$t"; rmdir "$t"; exit $c`);
  const at = seen.mounted ? sh`${seen.mounted}` : sh`"$p"`;
  if (fstype?.startsWith('ext')) return sh`resize2fs ${dev}`;
  if (fstype === 'xfs') return mounted(sh`xfs_growfs ${raw(at)}`);
  if (fstype === 'btrfs') return mounted(sh`btrfs filesystem resize max ${raw(at)}`);
  if (fstype === 'lvm' || fstype === 'LVM2_member') return sh`pvresize ${dev}`;
  if (fstype === 'f2fs') return sh`resize.f2fs ${dev}`;
  return fstype === 'vfat' ? sh`fatresize -s max ${dev}` : null;
}

function plan(args: Args, seen: State): Plan<Action> {
  const { dev, fstype, force } = args;
  if (!seen.exists)
    return args.state === 'absent'
      ? { changes: [], result: {} }
      : refused(`there is no device ${dev}`, 'mend "dev" ("lsblk" on the host shows the devices)');
  if (!seen.hasBlkid)
    return refused('blkid is not on the host, so nobody can tell whether the device is blank', 'install the package util-linux');
  const use = inUse(seen);
  const blank = seen.type === '' && seen.partitions === '' && !seen.uses.includes('partition');
  if (args.state === 'absent') {
    if (blank) return { changes: [], result: {} };
    if (use) return refused(`${dev} is ${use}`, 'unmount it before, by a task of its own');
    return { changes: [change(args, seen, 'blank', sh`wipefs --all ${dev}`, true)], result: {} };
  }
  const kind = kindOf(fstype);
  if (!kind) return refused(`no filesystem ${fstype}`, `take one of ${Object.keys(kinds).join(', ')}`);
  if (seen.type === kind.type && args.resizefs) return resize(args, seen);
  if (seen.type === kind.type && !force) return { changes: [], result: {} };
  if (use) return refused(`${dev} is ${use}`, 'it is not formatted while it is in use: unmount it before, by a task of its own');
  const held = seen.type || (seen.partitions ? `a ${seen.partitions} partition table` : 'partitions');
  if (!blank && !force)
    return refused(`${dev} is not blank: it has ${held}`, 'take a blank device, or write "force: true" to lose what is on it');
  const words = args.opts?.split(/\s+/).filter(Boolean) ?? [];
  const made = sh`command -v ${kind.program} >/dev/null || { echo ${`${kind.program} is not on the host: install the package ${kind.package}`} >&2; exit 127; }`;
  return {
    changes: [change(args, seen, fstype ?? '', lines(made, sh`${kind.program} ${kind.force} ${words} ${dev}`), !blank)],
    result: {},
    ...(force && seen.type === kind.type ? { repeats: true } : {}),
  };
}

/** Less than a megabyte is what rounding leaves. */
function resize(args: Args, seen: State): Plan<Action> {
  const script = growing(args, seen);
  if (!script) return refused(`${args.fstype} cannot be grown`, 'leave "resizefs" out');
  const full = Number.isNaN(seen.filled) ? false : seen.size - seen.filled < 1_048_576;
  if (full) return { changes: [], result: {} };
  return {
    changes: [change(args, seen, `${args.fstype} over the whole device`, script, false)],
    result: {},
    ...(Number.isNaN(seen.filled) ? { repeats: true } : {}),
  };
}

export const module: Module<Args, State, Action> = {
  summary: 'Make a filesystem on a blank device.',
  collection: 'community.general',
  args: takes(
    {
      dev: text('The device, or a file.', { aliases: ['device'] }),
      fstype: choice('The kind of filesystem.', [...Object.keys(kinds), 'LVM2_member'], undefined, { aliases: ['type'] }),
      state: choice('absent wipes it.', ['present', 'absent'], 'present'),
      opts: text('More words for mkfs.'),
      force: flag('Make it though the device is not blank: what is on it is lost.', false),
      resizefs: flag('Grow it to the whole device.', false),
    },
    ['dev'],
  ),
  returns: gives(),
  examples: [{ title: 'A filesystem for the data', yaml: 'filesystem: { dev: /dev/nvme1n1, fstype: xfs }' }],
  differs: [
    'A device that is mounted, swapped on or held is refused, also with "force".',
    'A partition table counts as not blank.',
    'ufs is not there.',
  ],
  notes: ['Needs blkid, and mkfs of the filesystem. What destroys data must be allowed in the command line as well.'],
  check: args => (args.state === 'present' && args.fstype === undefined ? ['"state: present" needs "fstype"'] : []),
  probe: args => ({
    ask: framed(probeScript(args)),
    reads: [`file:${args.dev}`, 'device:', 'mount:'],
    parse: out => {
      if (out.code === 3 || out.code === 4) return { ...nothing, exists: out.code !== 4, hasBlkid: out.code !== 3 };
      const sections = readSections(out, true);
      const found = readKeys(sections.get('blkid') ?? '');
      const number = (name: string) => (plain(sections, name) === '' ? Number.NaN : Number(plain(sections, name)));
      return {
        exists: true,
        hasBlkid: true,
        type: found['TYPE'] ?? '',
        partitions: found['PTTYPE'] ?? '',
        uses: plain(sections, 'uses').split('\n').filter(Boolean),
        mounted: plain(sections, 'mounted'),
        size: number('size'),
        filled: number('filled'),
      };
    },
  }),
  plan,
  apply: ({ script }) => [{ run: { sh: script } }],
};
