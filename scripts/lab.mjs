// `npm run lab`: starts the lab's command line, which is TypeScript, through tsx.
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

const main = resolve(import.meta.dirname, '../test/lab/main.ts');
const lab = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), main, ...process.argv.slice(2)], {
  stdio: 'inherit',
});
lab.once('exit', code => {
  process.exitCode = code ?? 1;
});
