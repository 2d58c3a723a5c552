// What a kind of connection must offer so that a resident shell can live on it: start a command, count, close. Types only.
import type { Unreachable } from '../core/lost.ts';

/** How a command ended: its code (128+n for signal n), or the connection was lost before. */
export type Ending = { readonly code: number } | { readonly lost: Unreachable };

export interface StartOptions {
  /** Give the command a terminal; stdout and stderr then come as one stream on `stdout`. */
  readonly terminal?: boolean;
}

/** One command that runs on the host, with its three streams. */
export interface Line {
  write(bytes: Uint8Array | string): void;
  /** Waits until the bytes were taken, for what is too large to buffer. */
  send(bytes: Uint8Array): Promise<void>;
  /** End of its stdin. */
  finish(): void;
  /** Called with each chunk. Set both in the same turn as `start` resolved, or bytes are lost. */
  onData(take: (stream: 'stdout' | 'stderr', bytes: Buffer) => void): void;
  /** Ask for no more bytes until `resume`. */
  pause(): void;
  resume(): void;
  /** The command has ended; background children may hold its streams, and last bytes be on their way. */
  readonly exited: Promise<Ending>;
  /** Resolves after the last byte was given to `onData`. */
  readonly ended: Promise<Ending>;
  /** Lets go of the command; does not wait. */
  close(): void;
}

export interface Wire {
  /** Rejects with Unreachable. */
  start(command: string, options?: StartOptions): Promise<Line>;
  /** Round trips that a start costs, and one more when its success is waited for before writing. */
  readonly startCost: number;
  readonly readyCost: number;
  /** The longest command that the host takes as the start of a line, in bytes. */
  readonly longestCommand: number;
  bytes(): { readonly sent: number; readonly received: number };
  close(): void;
}
