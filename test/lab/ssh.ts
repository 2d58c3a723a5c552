// ssh to a host of the lab with the lab's own key and known_hosts, whatever this machine's ssh is configured to do.
import { spawn } from 'node:child_process';
import { ask } from './command.ts';
import { clientFiles } from './keys.ts';
import type { Layout } from './layout.ts';

/** What a command on a host answered; 255 is ssh's own failure. */
export interface Answer {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The `-o` options that tsrun and ssh both understand. */
export function commonArguments(layout: Layout): readonly string[] {
  return [
    '-o',
    `UserKnownHostsFile=${clientFiles(layout).knownHosts}`,
    '-o',
    'StrictHostKeyChecking=yes',
    '-o',
    'IdentitiesOnly=yes',
  ];
}

function sshArguments(layout: Layout, login: string): readonly string[] {
  const quiet = ['-o', 'ConnectTimeout=5', '-o', 'BatchMode=yes', '-o', 'LogLevel=ERROR'];
  return ['-F', 'none', '-i', clientFiles(layout).key, ...commonArguments(layout), ...quiet, login];
}

/** Runs one command line in the login's shell. */
export async function askHost(layout: Layout, login: string, command: string, input = ''): Promise<Answer> {
  const { exitCode, stdout, stderr } = await ask({ input })`ssh ${sshArguments(layout, login)} ${command}`;
  return { exitCode: exitCode ?? 255, stdout, stderr };
}

/** Hands the terminal over to ssh and answers its exit code. */
export async function openShell(layout: Layout, login: string, command: readonly string[]): Promise<number> {
  const ssh = spawn('ssh', [...sshArguments(layout, login), ...command], { stdio: 'inherit' });
  return new Promise((ended, failed) => {
    ssh.once('error', failed);
    ssh.once('exit', code => ended(code ?? 255));
  });
}
