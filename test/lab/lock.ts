// One lab command at a time on this machine: two that start together would pick the same subnet or build one root twice.
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { say } from './command.ts';

/** Runs `work` while it holds the lock of `folder`; the lock dies with this process. */
export async function withLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(folder, { recursive: true });
  const holder = spawn('flock', [folder, 'sh', '-c', 'echo; cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const slow = setTimeout(() => say('waiting for another lab command to end'), 1000);
  try {
    await new Promise<void>((held, failed) => {
      holder.stdout.once('data', () => held());
      holder.once('error', failed);
      holder.once('exit', code => failed(new Error(`flock ${folder} ended with ${code}`)));
    });
    clearTimeout(slow);
    return await work();
  } finally {
    clearTimeout(slow);
    holder.stdin.end();
  }
}
