// The README tells the truth: its playbook is run, and its output compared.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const block = (start: string): string => {
  const found = readme.split('```').find(text => text.includes(start));
  if (found === undefined) throw new Error(`the README has no block with ${start}`);
  return found.replace(/^\w*\n/, '');
};

test('the playbook of the README gives the check output of the README', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tsrun-readme-'));
  try {
    const sandbox = (text: string): string => text.replaceAll(/(?<=: )\/(?=etc|srv)/g, `${folder}/`);
    for (const path of ['etc/ssh', 'srv']) mkdirSync(join(folder, path), { recursive: true });
    writeFileSync(join(folder, 'etc/ssh/sshd_config'), '#Port 22\n#PermitRootLogin yes\nX11Forwarding no\n');
    writeFileSync(join(folder, 'site.yaml'), sandbox(block('# site.yaml')));
    writeFileSync(join(folder, 'hosts.yaml'), block('# hosts.yaml'));
    const [command = '', ...output] = block('$ tsrun').trimEnd().split('\n');
    const args = [...command.replace('$ tsrun ', '').split(' '), '-c', 'local', '-f', '1'];
    const main = ['--import', import.meta.resolve('tsx'), join(root, 'runner/main.ts')];
    const out = execFileSync(process.execPath, [...main, ...args], { cwd: folder, encoding: 'utf8' });
    const shown = out.replaceAll(folder, '').replace(/\d+\.\d s$/gm, '0.1 s').trimEnd();
    expect(shown.split('\n')).toEqual(output.map(line => line.replace(/\d+\.\d s$/, '0.1 s')));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the README names the two commands', () => {
  expect(readme).toMatch(/^npm run demo\b/m);
  expect(readme).toMatch(/^npm test\b/m);
});
