// What main.ts hands to the command line of the world outside: arguments, streams, time, the terminal. Types only.
import type { Clock, Question } from '../core/request.ts';

export interface Out {
  write(text: string): void;
  readonly isTerminal: boolean;
  readonly columns: number;
}

export interface World {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Of this process, for the journal. */
  readonly pid?: number;
  readonly out: Out;
  readonly err: Out;
  readonly clock: Clock;
  readonly random?: () => number;
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
  /** null where there is no terminal to ask at. */
  ask(question: Question): Promise<string | null>;
}
