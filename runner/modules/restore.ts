// A file or kernel parameter as it was before a run of tsrun: what `tsrun undo` is made of. It leaves alone what has moved since.
import { imageFolder, imageName, nowFunction } from '../core/before.ts';
import { lines, sh } from '../core/shell.ts';
import type { Change, Module, Plan, Script } from '../core/types.ts';
import { gives, takes, text } from './parts/kinds.ts';
import { baseName, fileKey, parentOf, treeKey } from './parts/paths.ts';

interface Args {
  readonly path?: string;
  readonly run?: string;
  readonly host?: string;
  readonly sysctl?: string;
  readonly before?: string;
  readonly after?: string;
}
/** Lines as core/before.ts writes them; empty where there is no such image. */
interface State {
  readonly was: string;
  readonly left: string;
  readonly now: string;
  /** What is in the folder; at most a few names. */
  readonly entries: readonly string[];
}
type Action =
  | { readonly restore: string; readonly run: string; readonly image: string; readonly was: string; readonly now: string }
  | { readonly set: string; readonly value: string };

/** A folder goes only when it is empty, so a few names are enough to say why it does not. */
const MOST_NAMES = 100;
const procPath = (name: string): string => `/proc/sys/${name.replaceAll('.', '/')}`;
const fold = (value: string): string => value.trim().split(/\s+/).join(' ');

const fileProbe = (run: string, host: string, path: string): Script => {
  const image = imageName(host, path);
  return lines(
    imageFolder(run),
    nowFunction,
    sh`for f in "$d"/${image}.was "$d"/${image}.left; do [ ! -f "$f" ] || cat -- "$f"; printf '\\0'; done`,
    sh`n ${path}; printf '\\0'; if [ -d ${path} ]; then ls -A -- ${path} | head -n ${MOST_NAMES}; fi; printf '\\0'`,
  );
};

const kindOf = (line: string): string => line.split(' ')[0] ?? '';
/** For people: kind, mode and owner, and enough of a checksum to tell two contents apart. */
const shown = (line: string): string => line.replace(/ ([0-9a-f]{12})[0-9a-f]{52}$/, ' $1').replace(/ full$/, '');

function refusal({ was, left, now, entries }: State): Plan['refuse'] {
  const moved = (why: string) => ({ why, mend: 'it is left as it is: look at it, and mend it by hand or by a playbook' });
  if (was === '') return moved('the host keeps no image of it (it went after 30 days, or there was no room)');
  if (was === 'large') return moved('it was too large to be kept');
  if (was === 'other') return moved('it was neither file, folder nor link');
  if (left === '') return moved('the run ended in the middle of this change, so it is not known how it should be now');
  if (left !== now) return moved(`it has changed since the run: ${shown(left)} -> ${shown(now)}`);
  if (was.endsWith(' full') && kindOf(now) !== 'directory') return moved('what was in the folder was not kept');
  if (entries.length > 0 && kindOf(was) !== 'directory')
    return moved(`the folder that the run has made holds ${entries.slice(0, 5).join(', ')}`);
  return undefined;
}

function planFile({ path = '', run = '', host = '' }: Args, state: State): Plan<Action> {
  const { was, now } = state;
  const result = { path, was: shown(was), now: shown(now) };
  if (was !== '' && was.replace(/ full$/, '') === now) return { changes: [], result };
  const refuse = refusal(state);
  if (refuse) return { changes: [], result, refuse };
  const change: Change<Action> = {
    summary: `${path}: ${difference(now, was)}`,
    diff: { target: path, before: `${shown(now)}\n`, after: `${shown(was)}\n` },
    touches: [fileKey(path)],
    foretells: kindOf(was) === 'absent' ? [{ path, is: 'absent' }] : [],
    action: { restore: path, run, image: imageName(host, path), was: was.replace(/ full$/, ''), now },
  };
  return { changes: [change], result };
}

/** In words: another kind, another content, another mode or owner. */
function difference(now: string, was: string): string {
  if (kindOf(now) !== kindOf(was)) return `${kindOf(now)} -> ${kindOf(was)}`;
  if (kindOf(now) === 'link') return `${now} -> ${was}`;
  const [from = [], to = []] = [now, was].map(one => one.replace(/ full$/, '').split(' '));
  const modes =
    from.slice(1, 4).join(' ') === to.slice(1, 4).join(' ')
      ? []
      : [`${from.slice(1, 4).join(' ')} -> ${to.slice(1, 4).join(' ')}`];
  return [...(from[4] === to[4] ? [] : ['content as before the run']), ...modes].join(', ');
}

function planParameter({ sysctl = '', before = '', after = '' }: Args, { now }: State): Plan<Action> {
  const result = { path: sysctl, was: before, now };
  if (fold(now) === fold(before)) return { changes: [], result };
  if (fold(now) !== fold(after)) {
    const why = `it has changed since the run: ${after} -> ${now === '' ? 'no such parameter' : now}`;
    return { changes: [], result, refuse: { why, mend: 'it is left as it is: set it by hand or by a playbook' } };
  }
  const change: Change<Action> = {
    summary: `${sysctl}: ${now} -> ${before}`,
    diff: { target: `sysctl ${sysctl}`, before: now, after: before },
    touches: [`sysctl:${sysctl}`],
    action: { set: sysctl, value: before },
  };
  return { changes: [change], result };
}

/** Beside its place and renamed, as every file is written; a folder that was made goes only when it is empty. */
function restoreScript({ restore: path, run, image, was, now }: Extract<Action, { restore: string }>): Script {
  const beside = `${parentOf(path)}/.tsrun-new-${baseName(path).slice(0, 200)}`;
  const [kind, mode = '', uid = '', gid = ''] = was.split(' ');
  const own = (at: string): Script => sh`chown -- ${`${uid}:${gid}`} ${at} && chmod ${mode.padStart(5, '0')} ${at}`;
  const away = kindOf(now) === 'directory' ? sh`rmdir -- ${path}` : sh`rm -f -- ${path}`;
  if (kind === 'absent') return away;
  if (kind === 'link') {
    const target = was.slice('link '.length);
    return lines(
      sh`set -e; rm -f -- ${beside}; ln -s -- ${target} ${beside}`,
      sh`mv -fT -- ${beside} ${path} 2>/dev/null || { rm -f -- ${path}; mv -f -- ${beside} ${path}; }`,
    );
  }
  if (kind === 'directory')
    return lines(
      sh`set -e`,
      kindOf(now) === 'directory' ? sh`` : lines(kindOf(now) === 'absent' ? sh`` : away, sh`mkdir -- ${path}`),
      own(path),
    );
  return lines(
    imageFolder(run),
    sh`set -e; umask 077; t=${beside}; trap 'rm -f -- "$t"' EXIT; rm -f -- "$t"; set -C; cat <"$d"/${image}.content >"$t"; set +C; touch -r "$d"/${image}.content -- "$t"`,
    own(beside),
    sh`sync -- "$t" 2>/dev/null || sync`,
    kindOf(now) === 'directory' ? away : sh``,
    sh`mv -f -- "$t" ${path}; trap - EXIT; ! command -v restorecon >/dev/null 2>&1 || restorecon ${path} 2>/dev/null || :`,
  );
}

export const module: Module<Args, State, Action> = {
  summary: 'Put a file or a kernel parameter back as it was before a run of tsrun.',
  args: takes({
    path: text('The file, folder or link.', { minLength: 1 }),
    run: text('The id of the run, in full.', { pattern: '^[0-9a-f-]{36}$' }),
    host: text('The name that the host had in the inventory of that run.', { minLength: 1 }),
    sysctl: text('In place of path: a parameter of the kernel.', { minLength: 1, pattern: '^[\\w.:@/*-]+$' }),
    before: text('Its value before the run.'),
    after: text('Its value after the run.'),
  }),
  returns: gives({ path: { type: 'string' }, was: { type: 'string' }, now: { type: 'string' } }),
  examples: [
    {
      title: 'A file',
      yaml: 'restore: { path: /etc/motd, run: 3f2a6c1e-0000-4000-8000-000000000000, host: "{{ inventory_hostname }}" }',
    },
    { title: 'A parameter', yaml: 'restore: { sysctl: vm.swappiness, before: "60", after: "1" }' },
  ],
  notes: [
    '"tsrun undo RUN" makes tasks of this module. The images lie on the host, in /var/lib/tsrun/before (without root: ~/.tsrun/before),',
    'readable by their owner alone, for 30 days. What is not as the run left it is refused. Contents are not shown as a diff, for they may be secret.',
  ],
  check: args => {
    const isFile = args.path !== undefined && args.run !== undefined && args.host !== undefined && args.sysctl === undefined;
    const isParameter =
      args.sysctl !== undefined && args.before !== undefined && args.after !== undefined && args.path === undefined;
    return isFile || isParameter ? [] : ['give path, run and host, or sysctl, before and after'];
  },
  probe: ({ path, run = '', host = '', sysctl = '' }) =>
    path === undefined
      ? {
          ask: { sh: sh`cat ${procPath(sysctl)} 2>/dev/null; :` },
          reads: [`sysctl:${sysctl}`],
          parse: out => ({ was: '', left: '', now: out.text().trim(), entries: [] }),
        }
      : {
          ask: { sh: fileProbe(run, host, path) },
          reads: [fileKey(path), treeKey(path)],
          parse: out => {
            const [was = '', left = '', now, names] = out.text().split('\0');
            if (now === undefined || names === undefined) throw new Error('the answer is cut off');
            return { was, left, now, entries: names.split('\n').filter(Boolean) };
          },
        },
  foresee: ({ path }, seen, foretold) => {
    if (!seen) return null;
    const gone = new Set(foretold.flatMap(fact => ('path' in fact && fact.is === 'absent' ? [fact.path] : [])));
    return { ...seen, entries: seen.entries.filter(name => !gone.has(`${path}/${name}`)) };
  },
  plan: (args, state) => (args.path === undefined ? planParameter(args, state) : planFile(args, state)),
  apply: action => [
    {
      run: {
        sh: 'set' in action ? sh`printf '%s\\n' ${action.value} >${procPath(action.set)}` : restoreScript(action),
      },
    },
  ],
};
