// The findings as SARIF 2.1.0, which editors and code hosts read. Written when the run ends; nothing of a run is in it.
import { codes } from '../core/codes.ts';
import type { Finding, Reporter } from '../core/events.ts';
import { spanOf } from './findings.ts';
import type { ReporterOptions } from './index.ts';
import { asJson } from './text.ts';

export function sarif({ write }: ReporterOptions): Reporter {
  const found = new Map<string, Finding>();
  return {
    on(event) {
      if (event.event === 'finding') found.set(`${event.code} ${event.path} ${event.what}`, event);
      else if (event.event === 'run_end') write(`${asJson(document([...found.values()]), 2)}\n`);
    },
  };
}

const document = (findings: readonly Finding[]): object => ({
  $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
  version: '2.1.0',
  runs: [
    {
      tool: { driver: { name: 'tsrun', rules: [...new Set(findings.map(({ code }) => code))].sort().map(rule) } },
      columnKind: 'utf16CodeUnits',
      results: findings.map(result),
    },
  ],
});

const rule = (code: string): object => ({
  id: code,
  shortDescription: { text: Object.hasOwn(codes, code) ? codes[code as keyof typeof codes] : code },
});

function result({ code, severity, what, why, mend, path }: Finding): object {
  const span = path === null ? undefined : spanOf(path);
  const region = { startLine: span?.line, startColumn: span?.col };
  const location = span && { physicalLocation: { artifactLocation: { uri: encodeURI(span.file) }, region } };
  return {
    ruleId: code,
    level: severity,
    message: { text: [what, why, mend].filter(text => text !== '').join('\n') },
    locations: location ? [location] : [],
  };
}
