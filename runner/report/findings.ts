// Mistakes and warnings for people, each once, with its source line: for stderr beside any other output.
import type { Finding, Reporter } from '../core/events.ts';
import { formatFault } from '../core/fault.ts';
import type { Source } from '../core/source.ts';
import type { Fault, Span } from '../core/types.ts';
import { painter, visible } from './text.ts';

export interface FindingsOptions {
  /** stderr. */
  write(text: string): void;
  readonly color: boolean;
  readonly sources: ReadonlyMap<string, Source>;
}

export function findings(options: FindingsOptions): Reporter {
  const told = new Set<string>();
  const once = (text: string): void => {
    if (told.has(text)) return;
    told.add(text);
    options.write(`${text}\n`);
  };
  const format = faultFormat(options.color, options.sources);
  let errors = 0;
  return {
    on(event) {
      if (event.event === 'finding') {
        if (event.severity === 'error') errors += 1;
        once(`${format(asFault(event))}\n`);
      } else if (event.event === 'task_result' || event.event === 'handler_result') {
        for (const text of event.warnings ?? []) once(`warning  ${visible(text)}`);
      } else if (event.event === 'run_end' && event.exitCode === 5 && errors > 0) {
        options.write(`${errors === 1 ? 'one mistake' : `${errors} mistakes`}; nothing was connected to\n`);
      }
    },
  };
}

export function faultFormat(color: boolean, sources: ReadonlyMap<string, Source>): (fault: Fault) => string {
  const paint = painter(color);
  const styles = { code: 'red', warning: 'yellow', place: 'cyan', caret: 'red', label: 'dim' } as const;
  const colored = (style: keyof typeof styles, text: string): string => (style === 'label' ? text : paint(styles[style], text));
  return fault => formatFault(fault, file => sources.get(file), { color: colored });
}

function asFault(event: Finding): Fault {
  const { code, what, why, mend, severity } = event;
  const at = event.path === null ? undefined : spanOf(event.path);
  return { code, what, why, mend, severity, ...(at ? { at } : {}) };
}

export function spanOf(path: string): Span | undefined {
  const found = /^(.*):(\d+):(\d+)$/s.exec(path);
  return found ? { file: found[1] ?? '', line: Number(found[2]), col: Number(found[3]) } : undefined;
}
