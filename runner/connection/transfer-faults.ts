// Why a file did not get to the host or from it, as faults. Moves nothing.
import { TransferFailed } from '../core/lost.ts';
import { ends } from './transfer-scripts.ts';

const known: Readonly<Record<number, readonly [code: string, why: string, mend: string]>> = {
  [ends.cannotOpen]: [
    'E621',
    'the file cannot be opened',
    'see that its folder is there, that the user may use both, and that no file is in the way of a new one',
  ],
  [ends.broken]: ['E620', 'the transfer broke off', 'see that the disk has room and the quota is not used up: df -h; quota'],
  [ends.differs]: [
    'E622',
    'what arrived has another checksum',
    'run again; if it stays so, something writes to the file meanwhile',
  ],
};

export const isKnownEnd = (code: number): boolean => known[code] !== undefined;

/** `code`: how the script ended; `said`: its stderr. */
export function transferFailed(what: string, code: number, said: string): TransferFailed {
  const [faultCode, why, mend] = known[code] ?? [
    'E620',
    `the command ended with code ${code}`,
    'run the command by hand to see more: command -v sh cat rm',
  ];
  const words = said.trim().split('\n').slice(-3).join('\n');
  return new TransferFailed({ code: faultCode, what, why: why + (words && `\n${words}`), mend });
}

/** The runner itself cannot keep what comes. */
export function notWritten(what: string, into: string, error: Error): TransferFailed {
  const mend = 'see that this machine has room there (df -h) and that you may write to the folder';
  return new TransferFailed({ code: 'E623', what, why: `${into} cannot be written on this machine: ${error.message}`, mend });
}
