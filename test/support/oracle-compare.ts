// Says in sentences where what Ansible did and what tsrun did in a case are not the same. It runs nothing.
import type { AnyModule } from '../../runner/core/types.ts';
import { moduleOf, type Outcome, type Seen, tasksOf } from './oracle-cases.ts';
import type { Told } from './oracle.ts';

/** Times, and what only one machine or one run has. */
const FREE = new Set(
  'changed failed skipped msg start end delta atime ctime mtime inode dev elapsed warnings diff checksum md5sum block_device'.split(
    ' ',
  ),
);
/** Of a failure only these say something that both know. */
const OF_FAILURES = new Set(['rc', 'stdout', 'stdout_lines', 'stderr', 'stderr_lines', 'status']);

/** What Ansible tells by chance, or both tell of other files: `path` where a copy changed nothing, temporary sources, numbers of
 *  inodes; find counts what it looked at, tsrun what the patterns left over. */
const FREE_OF: Readonly<Record<string, readonly string[]>> = {
  assemble: ['src'],
  copy: ['path', 'src'],
  find: ['examined'],
  get_url: ['src'],
  stat: ['stat.version'],
  template: ['path', 'src'],
  unarchive: ['src', 'extract_results'],
};

const show = (value: unknown): string => JSON.stringify(value) ?? 'nothing';
const steady = (value: unknown): string =>
  show(value)
    .replace(/\.\d+\.\d{4}-\d\d-\d\d@\d\d:\d\d:\d\d~/g, '.BACKUP~')
    .replace(/"[^"]*\/(ansible-tmp-[^"]*|tsrun-[^"]*)"/g, '"TEMPORARY"');

function trees(a: Seen['tree'], b: Seen['tree'], names: readonly [string, string], when: string): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .filter(path => a[path] !== b[path])
    .map(path => `${when}: ${path} is ${show(a[path])} ${names[0]}, ${show(b[path])} ${names[1]}`);
}

function fields(module: AnyModule | undefined, a: Told, t: Told, ignored: readonly string[]): string[] {
  const declared = Object.keys(module?.returns['properties'] ?? {});
  return declared
    .filter(name => name in a.result && (a.status !== 'failed' || OF_FAILURES.has(name)))
    .flatMap(name => parts(name, a.result[name], t.result[name], ignored));
}

/** Maps are compared key by key: what Ansible has, tsrun must have too. */
function parts(name: string, a: unknown, t: unknown, ignored: readonly string[]): string[] {
  if (FREE.has(name.replace(/.*\./, '')) || ignored.includes(name)) return [];
  if (isMap(a) && isMap(t)) return Object.keys(a).flatMap(key => parts(`${name}.${key}`, a[key], t[key], ignored));
  return steady(sorted(a)) === steady(sorted(t)) ? [] : [`${name} is ${show(a)} by Ansible, ${show(t)} by tsrun`];
}
const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Keys in one order, so that text comparison is comparison of values. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

function results(a: Told | undefined, t: Told | undefined, module: AnyModule | undefined, ignored: readonly string[]): string[] {
  if (!a || !t) return [`${a ? 'tsrun' : 'Ansible'} tells nothing`];
  const said = (one: Told): string => `${one.status}${one.status === 'failed' ? ` (${show(one.result['msg'])})` : ''}`;
  if (a.status !== t.status) return [`${said(a)} by Ansible, ${said(t)} by tsrun`];
  const found = fields(module, a, t, ignored);
  if (!ignored.includes('changed') && (a.result['changed'] === true) !== (t.result['changed'] === true))
    found.push(`changed of a ${a.status} task differs`);
  if (a.status === 'failed' && a.result['msg'] && !t.result['msg']) found.push('tsrun gives no msg');
  return found;
}

/** What a check run says must be what the run then does; `unknown` only where nothing can be known. */
function foresight(outcome: Outcome): string[] {
  const { check, first } = outcome.tsrun;
  return tasksOf(outcome.case).flatMap((task, index) => {
    const [said, did] = [check.told[index]?.status, first.told[index]?.status];
    const command = ['command', 'shell', 'raw', 'script'].includes(moduleOf(task)) && (said === 'unknown' || did === 'failed');
    // A question that changes nothing is not asked in a check run.
    const unasked = said === 'skipped' && did === 'ok';
    const free = outcome.case.unknown || command || unasked;
    return said === did || free ? [] : [`check says ${said}, the run then is ${did}: ${show(first.told[index]?.result['msg'])}`];
  });
}

export function compare(outcome: Outcome, modules: (name: string) => AnyModule | undefined): readonly string[] {
  const { case: one, ansible, tsrun, refused } = outcome;
  if (one.invalid) return invalid(outcome);
  if (refused.length > 0)
    return refused.map(text => `tsrun refuses: ${text} (Ansible: ${ansible.first.told.map(told => told?.status).join()})`);
  const found: string[] = [];
  for (const [when, a, t] of [
    ['first run', ansible.first, tsrun.first],
    ['second run', ansible.second, tsrun.second],
  ] as const) {
    for (const [index, task] of tasksOf(one).entries()) {
      const told = results(a.told[index], t.told[index], modules(moduleOf(task)), [
        ...(one.ignore ?? []),
        ...(FREE_OF[moduleOf(task)] ?? []),
      ]);
      found.push(...told.map(text => `${when}, task ${index}: ${text}`));
    }
    found.push(...trees(a.tree, t.tree, ['by Ansible', 'by tsrun'], when));
  }
  found.push(...foresight(outcome), ...trees(outcome.before, tsrun.check.tree, ['before', 'after the check'], 'check'));
  return found;
}

function invalid({ ansible, refused }: Outcome): readonly string[] {
  const found = refused.length === 0 ? ['tsrun does not refuse it'] : [];
  return ansible.first.told.some(told => told?.status === 'failed') ? found : [...found, 'Ansible does not refuse it'];
}
