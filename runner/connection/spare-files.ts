// File descriptors kept back while connections are opened: where the runner has no more, its own files can still be read.
import { closeSync, openSync } from 'node:fs';

/** Parts of tsrun that are loaded when they are needed, templates, files to send: few at a time. */
const SPARE = 24;

export interface SpareFiles {
  keep(): void;
  /** The limit is reached: connections get no more, files have these. */
  release(): void;
}

export function spareFiles(): SpareFiles {
  let kept: number[] | undefined;
  return {
    keep: () => {
      if (kept) return;
      kept = [];
      try {
        while (kept.length < SPARE) kept.push(openSync('/dev/null', 'r'));
      } catch {
        // Fewer will do.
      }
    },
    release: () => {
      for (const descriptor of kept?.splice(0) ?? []) closeSync(descriptor);
    },
  };
}
