// The findings as workflow commands of GitHub Actions: a line each, shown beside the line of the file. Nothing of a run is in it.
import type { Finding, Reporter } from '../core/events.ts';
import { spanOf } from './findings.ts';
import type { ReporterOptions } from './index.ts';

export function github({ write }: ReporterOptions): Reporter {
  const told = new Set<string>();
  return {
    on(event) {
      if (event.event !== 'finding') return;
      const line = annotation(event);
      if (!told.has(line)) write(`${line}\n`);
      told.add(line);
    },
  };
}

function annotation({ code, severity, what, why, mend, path }: Finding): string {
  const span = path === null ? undefined : spanOf(path);
  const place = span ? [`file=${inProperty(span.file)}`, `line=${span.line}`, `col=${span.col}`] : [];
  const properties = [...place, `title=${inProperty(`${code} ${what}`)}`].join(',');
  return `::${severity} ${properties}::${inMessage([what, why, mend].filter(text => text !== '').join('\n'))}`;
}

const inMessage = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const inProperty = (text: string): string => inMessage(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
