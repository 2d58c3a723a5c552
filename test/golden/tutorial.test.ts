// The tutorial tells the truth: its commands are run from an empty folder, and each screen is compared. TSRUN_WRITE=1 writes them anew.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { commandLine } from '../support/command-line.ts';

const path = join(import.meta.dirname, '../../docs/tutorial.md');
const fence = /^```\n(\$ [\s\S]*?)^```$/gm;
const timeless = (text: string): string => text.replace(/ +\d+\.\d s$/gm, '  0.1 s');

test('a newcomer who does what the tutorial says sees what it shows', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tsrun-tutorial-'));
  // The file goes into a home folder of the test's own.
  mkdirSync(join(folder, 'home'));
  const env = { TSRUN_EXTRA_VARS: `hello_file=${folder}/home/hello-from-tsrun.txt` };
  let cwd = folder;
  const screenOf = async (command: string): Promise<string> => {
    const [program, ...words] = command.split(' ');
    if (program === 'cd') cwd = join(cwd, words[0] ?? '');
    if (program === 'cd') return '';
    if (program !== 'npx') return execFileSync('sh', ['-c', command], { cwd, encoding: 'utf8' });
    const { out, err } = await commandLine(words.slice(1), { cwd, env });
    return timeless(`${out}${err}`).replaceAll(`${folder}/home`, '/root');
  };
  const text = readFileSync(path, 'utf8');
  const seen: string[] = [];
  let last = 0;
  try {
    for (const { index, 0: block } of text.matchAll(fence)) {
      seen.push(text.slice(last, index), '```\n');
      for (const line of block.split('\n').filter(one => one.startsWith('$ '))) seen.push(`${line}\n${await screenOf(line.slice(2))}`);
      seen.push('```');
      last = index + block.length;
    }
    seen.push(text.slice(last));
    if (process.env['TSRUN_WRITE']) writeFileSync(path, seen.join(''));
    expect(seen.join('')).toBe(timeless(text));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
