// An open connection to a host and what is asked over it. Types only, no code.
import type { Blob, Become, Output, Question } from './types.ts';

/** What a session has cost so far. A round trip is a wait for the host's answer after authentication. */
export interface Traffic {
  readonly roundTrips: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

export interface AskOptions {
  readonly as?: Become;
  /** Seconds for the whole batch; 0 = no limit. */
  readonly timeout: number;
  /** Questions of one group are done in order until one exits with a code that it does not accept; the rest of the
   *  group then answers with code -1 and no output. A number a question; 0 = in no group. Same length as questions. */
  readonly groups?: readonly number[];
  /** Exit codes that let a group go on, per question; default [0]. */
  readonly accept?: readonly (readonly number[])[];
  /** A group begins only where every question of the groups before it exited with 0. */
  readonly chained?: boolean;
  /** Told of each answer as soon as it is whole, in order; a lost connection leaves the others untold. */
  readonly onAnswer?: (index: number, output: Output) => void;
}

export interface Session {
  /** One round trip (the first also opens the shell). Answers in the order of the questions.
   *  Rejects with Unreachable where the connection is lost, with TimedOut where `timeout` passed. */
  ask(questions: readonly Question[], options: AskOptions): Promise<readonly Output[]>;
  /** Streams the blob into a new file `path` with mode 0600 and checks its sha256. */
  put(blob: Blob, path: string, options: { readonly as?: Become }): Promise<void>;
  /** Streams a remote file into a local one, written beside and renamed. Answers its sha256. */
  get(path: string, into: string, options: { readonly as?: Become }): Promise<string>;
  traffic(): Traffic;
  close(): Promise<void>;
}
