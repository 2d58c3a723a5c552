// What ends an evaluation early. Thrown and caught inside language/ alone: outside, they are Answers and Faults.
import type { FaultCode } from '../core/codes.ts';
import type { Unknown } from '../core/site.ts';
import type { Fault } from '../core/types.ts';

/** Characters of the expression's text. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

interface TroubleParts {
  readonly what: string;
  readonly why: string;
  readonly mend: string;
  readonly range?: Range;
  /** What was asked for is not there: `has`, `default` and `.?` take this as an answer. */
  readonly missing?: boolean;
}

/** A mistake in one place of an expression or template, before it has a span. */
export class Trouble extends Error {
  readonly code: FaultCode;
  readonly parts: TroubleParts;
  constructor(code: FaultCode, parts: TroubleParts) {
    super(`${parts.what}: ${parts.why}`);
    this.code = code;
    this.parts = parts;
  }
}

/** A function cannot work with its arguments; the caller adds which function, and where. */
export class Misuse extends Error {
  readonly mend: string;
  constructor(why: string, mend: string) {
    super(why);
    this.mend = mend;
  }
}

/** Faults that have their places already, on their way out through an outer value. */
export class Faulty extends Error {
  readonly faults: readonly Fault[];
  constructor(faults: readonly Fault[]) {
    super(faults.map(found => found.what).join('; '));
    this.faults = faults;
  }
}

/** The value hangs on a task that has not run (Knowledge.unknown). */
export class NotYet extends Error {
  readonly variable: string;
  readonly unknown: Unknown;
  constructor(variable: string, unknown: Unknown) {
    super(`"${variable}" is not known yet`);
    this.variable = variable;
    this.unknown = unknown;
  }
}

/** Stands for the value of a name that is not known yet: its known fields can be read, all else throws NotYet. */
export class Pending {
  readonly variable: string;
  readonly unknown: Unknown;
  constructor(variable: string, unknown: Unknown) {
    this.variable = variable;
    this.unknown = unknown;
  }
}

/** A value of `.?`: it is there or not. */
export class Maybe {
  readonly there: boolean;
  readonly value: unknown;
  constructor(there: boolean, value: unknown) {
    this.there = there;
    this.value = value;
  }
}
export const none = new Maybe(false, undefined);

export const isMissing = (error: unknown): boolean => error instanceof Trouble && error.parts.missing === true;
