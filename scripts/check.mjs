// `npm run check`: types, lint, format, dead code. Each step runs to its end; one that fails makes the whole fail.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = dirname(import.meta.dirname);
const bin = name => join(root, 'node_modules/.bin', name);
const steps = [
  { name: 'types', command: [bin('tsc'), '--noEmit', '-p', '.'] },
  {
    name: 'lint',
    command: [bin('oxlint'), '--type-aware', '--deny-warnings', '--report-unused-disable-directives-severity', 'error'],
  },
  { name: 'format', command: [bin('biome'), 'format', '.'] },
  { name: 'dead code', command: [bin('knip')] },
];

if (!existsSync(join(root, 'node_modules'))) {
  console.error('the packages are not installed: run "npm ci" first');
  process.exit(1);
}

const run = ([program, ...args]) =>
  new Promise(resolve => {
    let text = '';
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', part => (text += part));
    child.on('error', error => resolve({ code: 1, text: String(error) })).on('close', code => resolve({ code: code ?? 1, text }));
  });

let failed = 0;
for (const { name, command } of steps) {
  const { code, text } = await run(command);
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name}`);
  if (code === 0) continue;
  failed += 1;
  console.log(`${text.trimEnd()}\n`);
}
console.log(failed === 0 ? 'all checks passed' : `${failed} of ${steps.length} checks failed`);
process.exitCode = failed === 0 ? 0 : 1;
