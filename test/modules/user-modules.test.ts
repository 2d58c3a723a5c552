// Modules of the user's: found by file name beside the playbook and in roles, in JavaScript and TypeScript, checked like ours.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Event } from '../../runner/core/events.ts';
import { type Scene, scene } from '../support/run-playbook.ts';

let one: Scene | undefined;
afterEach(() => one?.end());

/** Has a line in a file: the smallest whole module. */
const typed = `
import { sh, type Module } from 'tsrun/module';
interface Args { readonly path: string; readonly word: string }
export const module: Module<Args, boolean, Args> = {
  summary: 'A word in a file.',
  args: {
    type: 'object', additionalProperties: false, required: ['path', 'word'],
    properties: { path: { type: 'string' }, word: { type: 'string' } },
  },
  returns: { type: 'object', properties: { word: { type: 'string' } } },
  examples: [],
  probe: ({ path, word }) => ({
    ask: { sh: sh\`grep -qsxF -e \${word} -- \${path}\` },
    reads: [\`file:\${path}\`],
    parse: out => out.code === 0,
  }),
  plan: (args, has) => ({
    changes: has ? [] : [{
      summary: \`\${args.path}: \${args.word}\`, diff: { target: args.path, before: '', after: args.word },
      touches: [\`file:\${args.path}\`], action: args,
    }],
    result: { word: args.word },
  }),
  apply: ({ path, word }) => [{ run: { sh: sh\`printf '%s\\\\n' \${word} >>\${path}\` } }],
};
`;
const plain = typed
  .replace(', type Module', '')
  .replace(/^interface.*$/m, '')
  .replace(': Module<Args, boolean, Args>', '');
interface Played {
  readonly code: number | null;
  readonly told: readonly string[];
  readonly codes: readonly string[];
}

/** A process of its own: vitest would import the module by its own rules, not by Node's. */
function play(dir: string, ...flags: string[]): Played {
  const main = join(import.meta.dirname, '../../runner/main.ts');
  const words = ['--import', 'tsx', main, join(dir, 'site.yaml'), '-i', join(dir, 'hosts.yaml'), '--output', 'ndjson', ...flags];
  const done = spawnSync(process.execPath, words, { encoding: 'utf8', cwd: join(import.meta.dirname, '../..') });
  const events = done.stdout
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as Event);
  return {
    code: done.status,
    told: events.flatMap(event => (event.event === 'task_result' ? [`${event.task} ${event.status}`] : [])),
    codes: events.flatMap(event => (event.event === 'finding' ? [event.code] : [])),
  };
}

const site = (task: object, more: object = {}): string =>
  JSON.stringify([{ hosts: 'h1', gather_facts: false, tasks: [{ name: 'own', ...task }], ...more }]);

describe('a module of the user', () => {
  it.each([
    ['TypeScript beside the playbook', 'modules/has_word.ts', typed],
    ['JavaScript beside the playbook', 'modules/has_word.mjs', plain],
    ['TypeScript in a role', 'roles/r/modules/has_word.ts', typed],
  ])('%s', (_, file, text) => {
    one = scene({ 'site.yaml': site({ has_word: { path: 'SCRATCH/out', word: "it's" } }), [file]: text });
    expect(play(one.dir, '--check').told).toEqual(['own changed']);
    expect(existsSync(join(one.dir, 'out'))).toBe(false);
    expect(play(one.dir, '--verify').told).toEqual(['own changed']);
    expect(play(one.dir).told).toEqual(['own ok']);
    expect(readFileSync(join(one.dir, 'out'), 'utf8')).toBe("it's\n");
  });
  it('has its arguments checked before any connection', () => {
    one = scene({ 'site.yaml': site({ has_word: { path: '/x', wrod: 'a' } }), 'modules/has_word.ts': typed });
    const played = play(one.dir);
    expect(played).toMatchObject({ code: 5, codes: expect.arrayContaining(['E203', 'E204']) });
  });
  it.each([
    ['lacks a part', 'export const module = { args: {}, returns: {}, probe() {}, plan() {} };'],
    ['exports nothing', 'export const other = 1;'],
    ['does not parse', 'export const module = {'],
  ])('that %s is a fault with its file', (_, text) => {
    one = scene({ 'site.yaml': site({ has_word: { path: '/x', word: 'a' } }), 'modules/has_word.ts': text });
    expect(play(one.dir)).toMatchObject({ code: 5, codes: ['E221'] });
  });
});
