// The connection is cut at a random byte of a run that writes files. A failing seed is printed and replays: TSRUN_SEED, TSRUN_CUTS.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { random } from '../support/random.ts';
import { type SshScene, sshScene } from '../support/ssh-scene.ts';

const seed = Number(process.env['TSRUN_SEED'] ?? Date.now() % 1_000_000);
const cuts = Number(process.env['TSRUN_CUTS'] ?? 40);

/** A handler's name is its debt, and debts of root stand in one folder of the machine. */
const handler = `serve ${process.pid} ${seed}`;
const playbook = JSON.stringify([
  {
    hosts: 'h1',
    gather_facts: false,
    tasks: [
      { name: 'small', copy: { dest: 'SCRATCH/root/small', content: 'new\n', mode: '0640' } },
      { name: 'large', copy: { dest: 'SCRATCH/root/large', src: 'SCRATCH/large', mode: '0600' } },
      { name: 'conf', copy: { dest: 'SCRATCH/root/conf', content: 'port 2\n', mode: '0644' }, notify: handler },
      { name: 'line', lineinfile: { path: 'SCRATCH/root/lines', line: 'last' } },
      { name: 'folder', file: { path: 'SCRATCH/root/folder', state: 'directory' } },
      { name: 'inside', copy: { dest: 'SCRATCH/root/folder/inside', content: 'inside\n' } },
    ],
    handlers: [{ name: handler, shell: 'cat SCRATCH/root/conf >SCRATCH/served' }],
  },
]);

/** Each file as it was, and as the run makes it; null: not there. */
let wanted: Readonly<Record<string, readonly [old: string | null, fresh: string]>> = {};
let one: SshScene;

beforeAll(async () => {
  one = await sshScene({ 'site.yaml': playbook });
  const large = Buffer.from(Array.from({ length: 30_000 }, random(seed)).map(part => Math.floor(part * 256)));
  writeFileSync(join(one.dir, 'large'), large);
  wanted = {
    small: ['old\n', 'new\n'],
    large: ['small once\n', large.toString('latin1')],
    conf: ['port 1\n', 'port 2\n'],
    lines: ['first\n', 'first\nlast\n'],
    'folder/inside': [null, 'inside\n'],
  };
});
afterAll(() => one.stop());

const at = (name: string): string => join(one.dir, name);
const read = (name: string): string | null => {
  try {
    return readFileSync(at(name), 'latin1');
  } catch {
    return null;
  }
};

function reset(): void {
  rmSync(at('root'), { recursive: true, force: true });
  mkdirSync(at('root'));
  for (const [name, [old]] of Object.entries(wanted)) if (old !== null) writeFileSync(at(`root/${name}`), old);
  writeFileSync(at('served'), 'port 1\n');
}

/** Tasks that were told as done, though they were not. */
function untrue(results: readonly { readonly task: string; readonly changed: boolean }[]): readonly string[] {
  const places: Readonly<Record<string, string>> = { line: 'lines', inside: 'folder/inside' };
  return results
    .filter(({ changed, task }) => changed && task !== 'folder')
    .map(({ task }) => places[task] ?? task)
    .filter(name => read(`root/${name}`) !== wanted[name]?.[1]);
}

const everything = (): readonly string[] => readdirSync(at('root'), { recursive: true, encoding: 'utf8' }).sort();
const halfWritten = (): readonly string[] =>
  Object.entries(wanted)
    .filter(([name, states]) => !states.includes(read(`root/${name}`) as string))
    .map(([name]) => `${name}: ${read(`root/${name}`)?.length}`);

/** The temporaries on the host once all shells there have ended. */
async function left(): Promise<readonly string[]> {
  await one.settled();
  return everything().filter(name => name.includes('.tsrun-'));
}

it(`a cut leaves the old or the new, and the next run mends all (seed ${seed}, ${cuts} cuts)`, {
  timeout: 3_600_000,
}, async () => {
  reset();
  one.proxy.limit();
  expect((await one.play()).code).toBe(0);
  const total = one.proxy.passed();
  const next = random(seed);
  const met = { early: 0, changed: 0, whole: 0, left: 0, owed: 0, told: 0 };
  for (let n = 0; n < cuts; n++) {
    const byte = Math.floor(next() * total);
    reset();
    one.proxy.limit(byte);
    const cut = await one.play();
    expect([0, 2, 4], `cut at ${byte}`).toContain(cut.code);
    expect(halfWritten(), `cut at ${byte}`).toEqual([]);
    expect(untrue(cut.results), `told of, after a cut at ${byte}`).toEqual([]);
    if (cut.results.some(({ changed }) => changed) && cut.code === 4) met.told += 1;
    if ((await left()).length > 0) met.left += 1;
    expect(halfWritten(), `cut at ${byte}, and all ended`).toEqual([]);
    if (cut.code === 0) met.whole += 1;
    else met[read('root/small') === 'old\n' ? 'early' : 'changed'] += 1;
    if (read('root/conf') === 'port 2\n' && read('served') === 'port 1\n') met.owed += 1;
    one.proxy.limit();
    const again = await one.play();
    expect(
      again.results.filter(result => result.failed),
      `after a cut at ${byte}`,
    ).toEqual([]);
    expect(again.code, `after a cut at ${byte}`).toBe(0);
    expect(Object.keys(wanted).map(name => [name, read(`root/${name}`) === wanted[name]?.[1]])).toEqual(
      Object.keys(wanted).map(name => [name, true]),
    );
    expect(read('served'), `the handler after a cut at ${byte}`).toBe('port 2\n');
    expect(everything(), `after a cut at ${byte}`).toEqual(['conf', 'folder', 'folder/inside', 'large', 'lines', 'small']);
  }
  process.stdout.write(`cuts of ${total} bytes: ${JSON.stringify(met)}\n`);
  // A run of cuts that never meets the middle proves nothing.
  expect(Math.min(met.early, met.changed)).toBeGreaterThan(0);
});
