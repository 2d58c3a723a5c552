// Commands of this machine: one way to run them quietly, one to ask whether they succeed.
import { $ as zx } from 'zx/core';

/** Runs a command; a failure throws with its stderr. The template quotes every value. */
export const $ = zx({ quiet: true, nothrow: false });

/** The same, but a failure is an answer: read `exitCode`. */
export const ask = zx({ quiet: true, nothrow: true });

/** One line on stderr: what the lab is doing, never a result. */
export function say(text: string): void {
  process.stderr.write(`lab: ${text}\n`);
}
