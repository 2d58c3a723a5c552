// What may stand at the end of a command line that is not finished.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { candidates } from '../../runner/cli/candidates.ts';
import type { World } from '../../runner/cli/world.ts';

const folder = mkdtempSync(join(tmpdir(), 'tsrun-candidates-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'hosts.yaml'), 'web:\n  hosts: { web01: , web02: }\ndb:\n  hosts: { db01: }\n');
writeFileSync(
  join(folder, 'site.yaml'),
  '- hosts: all\n  tags: [base]\n  tasks:\n    - { name: put it, ping: , tags: [files, fast] }\n    - { name: end, ping: }\n',
);
const silent = { write: () => undefined, isTerminal: false, columns: 100 };
const world: World = {
  argv: [],
  env: {},
  cwd: folder,
  out: silent,
  err: silent,
  clock: { now: () => 0, sleep: () => Promise.resolve() },
  signal: new AbortController().signal,
  ask: () => Promise.resolve(null),
};
const wordsAfter = async (words: string[]): Promise<string[]> => (await candidates(words, world)).map(({ word }) => word);

describe('what may stand at the end of a line', () => {
  const rows: [string[], string[]][] = [
    [['inv'], ['inventory']],
    [['doc', 'k8s_r'], ['k8s_rollout']],
    [['lint', '--output=s'], ['--output=sarif']],
    [['lint', '--output', '=', 's'], ['sarif']],
    [['run', '--fail'], ['--fail-on-change']],
    [
      ['site.yaml', '-i', 'hosts.yaml', '-l', 'we'],
      ['web', 'web01', 'web02'],
    ],
    [
      ['site.yaml', '-i', 'hosts.yaml', '-l', 'web01,d'],
      ['web01,db', 'web01,db01'],
    ],
    [
      ['site.yaml', '-i', 'hosts.yaml', '--tags', 'f'],
      ['fast', 'files'],
    ],
    [['site.yaml', '-i', 'hosts.yaml', '--start-at-task', 'p'], ['put it']],
    [['exec', '-m', 'slu'], ['slurp']],
    [
      ['exec', '-i', 'hosts.yaml', 'db'],
      ['db', 'db01'],
    ],
    [['completion', 'f'], ['fish']],
    [['run', 'sit'], []],
    [['run', '-i', ''], []],
    [['missing.yaml', '--tags', ''], []],
  ];
  it.each(rows)('%j', async (words, found) => {
    expect(await wordsAfter(words)).toEqual(found);
  });
});
