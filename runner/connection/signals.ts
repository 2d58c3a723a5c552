// The exit code of a process that a signal ended, as a shell would say it. Data only.
import { constants } from 'node:os';

/** 128+n; 255 for a signal that this machine does not have. */
export const signalCode = (signal: string | null | undefined): number => {
  const number = (constants.signals as Readonly<Record<string, number>>)[signal ?? ''];
  return number === undefined ? 255 : 128 + number;
};
