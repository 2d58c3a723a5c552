// The whole run as one JSON document, written when it ends.
import type { Event, Reporter } from '../core/events.ts';
import type { ReporterOptions } from './index.ts';
import { asJson } from './text.ts';

type Row = Readonly<Record<string, unknown>>;

/** What every event has is said once for the document. */
function row(event: Event): Row {
  const { run: _run, play: _play, ...rest } = event as Event & { readonly play?: string };
  return rest;
}

export function json({ write }: ReporterOptions): Reporter {
  const findings: Row[] = [];
  const plays: { play: string; hosts: readonly string[]; results: Row[] }[] = [];
  let start: Row = {};
  let hosts: unknown = {};
  let impact: unknown = {};
  return {
    on(event) {
      if (event.event === 'run_start') start = event as unknown as Row;
      else if (event.event === 'finding') findings.push(row(event));
      else if (event.event === 'play_start') plays.push({ play: event.play, hosts: event.hosts, results: [] });
      else if (event.event === 'recap') ({ hosts, impact } = event);
      else if (event.event === 'run_end') {
        const { event: _event, time: started, ...head } = start;
        const tail = { run: event.run, started: started ?? event.time, ended: event.time };
        write(`${asJson({ ...head, ...tail, exitCode: event.exitCode, hosts, impact, findings, plays }, 2)}\n`);
      } else if (event.event !== 'play_end') plays.at(-1)?.results.push(row(event));
    },
  };
}
