// What is at a path, for `register`. It changes nothing.
import { lines, raw, sh } from '../core/shell.ts';
import type { Fact, Module, Script, Vars } from '../core/types.ts';
import { type Entry, lookFunction, readEntry } from './parts/entry.ts';
import { fields } from './parts/fields.ts';
import { foreseeEntry } from './parts/foresee.ts';
import { choice, flag, gives, takes, text } from './parts/kinds.ts';
import { modeBits, octal } from './parts/mode.ts';
import { fileKey, parentOf } from './parts/paths.ts';
import { statFields } from './parts/returns.ts';
import { pathScript } from './parts/survey.ts';

interface Args {
  readonly path: string;
  readonly follow: boolean;
  readonly get_checksum: boolean;
  readonly get_mime: boolean;
  readonly get_attributes: boolean;
  readonly checksum_algorithm: 'md5' | 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512';
}
interface State {
  readonly entry: Entry;
  readonly above: { readonly path: string; readonly isFolder: boolean };
  readonly access: string;
  readonly source: string;
  readonly checksum: string;
  readonly mime: string;
  readonly flags: string;
  /** Told by an earlier task of a check run: what no fact says is not known. */
  readonly foretold?: boolean;
}

const script = (args: Args): Script =>
  lines(
    pathScript(args.path),
    lookFunction,
    sh`t=$p; ${args.follow ? raw(sh`if [ -L "$p" ] && [ -e "$p" ]; then t=$(readlink -f -- "$p"; echo x); t=\${t%x}; t=\${t%"\n"}; fi`) : raw(sh`:`)}`,
    sh`printf '%s\\0' "$p"; look "$t"; a=; for m in r w x; do if [ -$m "$t" ]; then a=$a$m; fi; done; printf '%s\\0' "$a"`,
    sh`if [ -L "$t" ]; then readlink -f -- "$t"; fi; printf '\\0'`,
    args.get_checksum
      ? sh`if [ -f "$t" ] && [ ! -L "$t" ] && [ -r "$t" ]; then ${`${args.checksum_algorithm}sum`} <"$t"; fi; printf '\\0'`
      : sh`printf '\\0'`,
    args.get_mime
      ? sh`if command -v file >/dev/null; then file -b --mime -- "$t" 2>/dev/null; fi; printf '\\0'`
      : sh`printf '\\0'`,
    args.get_attributes ? sh`lsattr -vd -- "$t" 2>/dev/null; printf '\\0'` : sh`printf '\\0'`,
  );

const ATTRIBUTES: Readonly<Record<string, string>> = {
  A: 'noatime',
  a: 'append',
  c: 'compressed',
  C: 'nocow',
  d: 'nodump',
  D: 'dirsync',
  e: 'extents',
  E: 'encrypted',
  h: 'blocksize',
  i: 'immutable',
  I: 'indexed',
  j: 'journalled',
  N: 'inline',
  s: 'zero',
  S: 'synchronous',
  t: 'notail',
  T: 'blockroot',
  u: 'undelete',
  X: 'compressedraw',
  Z: 'compresseddirty',
};

function described(args: Args, { entry, access, source, checksum, mime, flags }: State): Vars {
  // What a dangling link leads to is not there.
  if (entry.is === 'absent' || (args.follow && entry.is === 'link')) return { exists: false };
  const is = (kind: Entry['is']): boolean => entry.is === kind;
  const [version = '', letters = ''] = flags.trim().split(/\s+/);
  const kinds = { isdir: is('directory'), ischr: is('char'), isblk: is('block'), isreg: is('file'), isfifo: is('fifo') };
  const sums = checksum === '' ? {} : { checksum };
  const names = { pw_name: entry.owner, gr_name: entry.group };
  const times = { atime: entry.atime, mtime: entry.mtime, ctime: entry.ctime };
  return {
    exists: true,
    path: args.path,
    mode: octal(entry.mode),
    ...kinds,
    islnk: is('link'),
    issock: is('socket'),
    uid: entry.uid,
    gid: entry.gid,
    size: entry.size,
    inode: entry.inode,
    dev: entry.device,
    nlink: entry.links,
    ...times,
    ...modeBits(entry.mode),
    blocks: entry.blocks,
    block_size: entry.blockSize,
    device_type: entry.type[0] * 256 + entry.type[1],
    readable: access.includes('r'),
    writeable: access.includes('w'),
    executable: access.includes('x'),
    ...names,
    ...(is('link') ? { lnk_source: source, lnk_target: entry.target } : {}),
    ...sums,
    ...(args.get_mime ? mimeOf(mime) : {}),
    ...(args.get_attributes ? attributesOf(version, letters) : {}),
  };
}

function mimeOf(mime: string): Vars {
  const [type = '', charset = ''] = mime.trim().split(/;\s*charset=/);
  return { mimetype: type || 'unknown', charset: charset || 'unknown' };
}

function attributesOf(version: string, letters: string): Vars {
  const flags = letters.replaceAll('-', '');
  return { version: version || null, attr_flags: flags, attributes: [...flags].map(flag => ATTRIBUTES[flag] ?? flag) };
}

export const module: Module<Args, State, never> = {
  summary: 'Tell what is at a path: whether it exists, its kind, mode, owner, times, checksum.',
  collection: 'ansible.builtin',
  args: takes(
    {
      path: text('The path.', { aliases: ['dest', 'name'], minLength: 1 }),
      follow: flag('Speak of what a link leads to.', false),
      get_checksum: flag('Give a checksum of a file.', true),
      get_mime: flag('Give its MIME type, where the host has the program file.', true, {
        aliases: ['mime', 'mime_type', 'mime-type'],
      }),
      get_attributes: flag('Give the flags of lsattr.', true, { aliases: ['attr', 'attributes'] }),
      checksum_algorithm: choice('Which checksum.', ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'], 'sha1', {
        aliases: ['checksum', 'checksum_algo'],
      }),
    },
    ['path'],
  ),
  returns: gives({
    stat: {
      type: 'object',
      additionalProperties: false,
      properties: statFields,
      description: 'Only `exists` where nothing is there.',
    },
  }),
  examples: [
    { title: 'Is there a marker?', yaml: 'name: Marker\nstat: { path: /scratch/etc/hosts }\nregister: marker' },
    {
      title: 'Only the kind, without reading the file',
      yaml: 'name: Kind\nstat: { path: /scratch/tree, get_checksum: false, get_mime: false, get_attributes: false }',
    },
  ],
  differs: ['A path below a file is one where nothing is; Ansible fails there.'],
  notes: ['Ask for less (get_checksum, get_mime, get_attributes: false) where a file is large.'],
  probe: args => ({
    ask: { sh: script(args) },
    reads: [fileKey(args.path)],
    parse(out) {
      const answer = fields(out);
      const path = answer.next();
      const entry = readEntry(path, answer);
      const [access, source, checksum] = [answer.next(), answer.next().replace(/\n$/, ''), answer.next().split(' ')[0] ?? ''];
      return {
        entry,
        access,
        source,
        checksum,
        mime: answer.next(),
        flags: answer.next(),
        above: { path: entry.is === 'absent' ? '/' : parentOf(path), isFolder: true },
      };
    },
  }),
  plan: (args, state) => ({ changes: [], result: { stat: described(args, state) } }),
  apply: () => [],
  survives: state => state.entry.is !== 'absent' || /^\/(proc|sys)\//.test(state.entry.path),
  foresee: (args, seen, foretold) => (seen ? foreseen(args, seen, foretold) : null),
};

/** Fields that a fact does not tell are left at what they were, or empty: whether it exists, its kind and mode are what is asked. */
function foreseen(args: Args, seen: State, foretold: readonly Fact[]): State | null {
  const future = foreseeEntry(seen, foretold);
  if (!future.known || (args.follow && future.entry.is === 'link')) return null;
  if (future.entry.is !== 'absent' && future.entry.mode === -1) return null;
  const same = future.content === undefined && future.entry.is === seen.entry.is;
  return {
    ...seen,
    entry: future.entry,
    checksum: same ? seen.checksum : '',
    source: future.entry.target,
    access: 'rwx',
    foretold: true,
  };
}
