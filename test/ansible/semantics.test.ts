// The same small playbook by Ansible and by tsrun: the same tasks run on the same hosts, in the same order, with the same status.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pLimit from 'p-limit';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Order, type Ran, runAnsible, runTsrun } from '../support/oracle.ts';

interface Row {
  readonly name: string;
  readonly plays: unknown;
  readonly args?: readonly string[];
  readonly files?: Readonly<Record<string, unknown>>;
  /** A word of the playbook that is another in tsrun. */
  readonly tsrun?: readonly [string, string];
  /** Of a play with serial: which host was done before which began. */
  readonly across?: boolean;
  readonly differs?: string;
  /** The modules themselves count: a host that cannot be reached, a check run. */
  readonly real?: boolean;
}

const host = (name: string, more: object = {}): readonly [string, object] => [name, { own: `of ${name}`, ...more }];
const inventory = {
  all: {
    vars: { ansible_connection: 'local', of: 'all', deep: 'all' },
    children: {
      both: {
        vars: { deep: 'both', of: 'both' },
        children: {
          web: { vars: { deep: 'web' }, hosts: Object.fromEntries([host('h1', { of: 'host' }), host('h2')]) },
          db: { vars: { deep: 'db', of: 'db' }, hosts: Object.fromEntries([host('h3'), host('h4')]) },
        },
      },
      odd: { hosts: { h1: {}, h3: {} } },
      dead: { hosts: { gone: { ansible_connection: 'ssh', ansible_host: '127.0.0.1', ansible_port: 1 } } },
    },
  },
};

const rows = parse(readFileSync(join(import.meta.dirname, 'semantics.yaml'), 'utf8'), { maxAliasCount: -1 }) as readonly Row[];

/** Ansible pays half a second for each command on each host. What is asked here is the order of tasks, so it gets words of its own
 *  engine that end the same way; only what somebody reads the result of stays a command. */
function cheap(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(cheap);
  if (typeof value !== 'object' || value === null) return value;
  const { command, ...task } = value as Readonly<Record<string, unknown>>;
  const rest = Object.fromEntries(Object.entries(task).map(([key, inner]) => [key, cheap(inner)]));
  if (command === undefined || 'register' in task || 'until' in task) return command === undefined ? rest : { ...rest, command };
  if (command === 'true') return { changed_when: true, ...rest, debug: { msg: '' } };
  return command === 'false' && !('failed_when' in task) ? { ...rest, fail: { msg: 'no' } } : { ...rest, command };
}

function written(row: Row, side: 'ansible' | 'tsrun', dir: string): Order {
  const text = (value: unknown): string => {
    const chosen = JSON.stringify(value).replace(/\[\[(.*?)\|(.*?)\]\]/g, (_, a: string, b: string) =>
      side === 'ansible' ? a : b,
    );
    const [from, to] = side === 'tsrun' && row.tsrun ? row.tsrun : ['', ''];
    return (from === '' ? chosen : chosen.replaceAll(from, to)).replaceAll('/scratch', dir);
  };
  for (const [path, value] of Object.entries({ ...row.files, 'site.yaml': row.plays, 'hosts.yaml': inventory })) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text(side === 'ansible' && !row.real ? cheap(value) : value));
  }
  return { cwd: dir, playbook: 'site.yaml', args: ['-i', 'hosts.yaml', ...(row.args ?? [])] };
}

/** Includes are told by tsrun alone, a meta that is skipped by Ansible for some hosts; neither is counted so. */
const lines = (ran: Ran): readonly string[] =>
  ran.told
    .filter(one => !one.task.startsWith('include') && one.module !== 'meta')
    .map(
      one =>
        `${one.host} ${one.handler ? 'handler ' : ''}${one.task}${one.item ? ' (item)' : ''}: ${one.status}${one.ignored && !one.item ? ', ignored' : ''}`,
    );
const ofHost = (told: readonly string[], name: string): readonly string[] => told.filter(line => line.startsWith(`${name} `));

/** Inside of a batch hosts run at their own pace, so tsrun may have more of these. */
function precedence(ran: Ran): readonly string[] {
  const told = lines(ran);
  const hosts = [...new Set(ran.told.map(one => one.host))];
  const places = (name: string): readonly number[] => told.flatMap((line, at) => (line.startsWith(`${name} `) ? [at] : []));
  const isBefore = (a: string, b: string): boolean => Math.max(...places(a)) < Math.min(...places(b));
  return hosts.flatMap(a => hosts.filter(b => isBefore(a, b)).map(b => `${a} before ${b}`));
}

const COUNTS = ['ok', 'changed', 'unreachable', 'failed', 'skipped', 'rescued', 'ignored'];
const ANSIBLE_COUNTS: Readonly<Record<string, string>> = { failed: 'failures' };

function recap(ran: Ran, names: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const hosts = Object.entries(ran.recap).map(([name, counts]) => [
    name,
    COUNTS.map(word => `${word}=${counts[names[word] ?? word] ?? 0}`).join(' '),
  ]);
  return Object.fromEntries(hosts.filter(([, text]) => /=[1-9]/.test(text ?? '')));
}

function compared(row: Row, ran: Ran, names: Readonly<Record<string, string>>): unknown {
  const told = lines(ran);
  const hosts = [...new Set(ran.told.map(one => one.host))].sort();
  return {
    told: Object.fromEntries(hosts.map(name => [name, ofHost(told, name)])),
    recap: recap(ran, names),
    findings: ran.findings.map(found => found.text),
  };
}

/** What failed hosts owe is written on this machine; what was not there before goes again. */
const owed = join(
  process.getuid?.() === 0 ? '/var/lib' : (process.env['HOME'] ?? '/nonexistent'),
  process.getuid?.() === 0 ? 'tsrun/owed' : '.tsrun/owed',
);
const debts = (): readonly string[] => (existsSync(owed) ? readdirSync(owed) : []);
const before = debts();
afterAll(() => {
  for (const name of debts()) if (!before.includes(name)) rmSync(join(owed, name));
});

const together = pLimit(2);
describe.concurrent('semantics', () => {
  it.each(rows.map(row => [row.name, row] as const))('%s', { timeout: 300_000 }, async (_, row) => {
    const dir = mkdtempSync(join(tmpdir(), 'tsrun-semantics-'));
    try {
      const [a, t] = [join(dir, 'a'), join(dir, 't')];
      const ansible = await together(() => runAnsible(written(row, 'ansible', a)));
      const tsrun = await together(() => runTsrun(written(row, 'tsrun', t)));
      const [wanted, found] = [compared(row, ansible, ANSIBLE_COUNTS), compared(row, tsrun, {})];
      expect(ansible.noise).not.toMatch(/^ERROR!/m);
      if (row.differs) expect(found, 'it no longer differs').not.toEqual(wanted);
      else expect(found, tsrun.noise).toEqual(wanted);
      if (row.across) expect(precedence(tsrun)).toEqual(expect.arrayContaining([...precedence(ansible)]));
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});
