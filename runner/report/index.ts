// The ways to show a run: finds a reporter by name and puts the redactor before it. It prints nothing itself.
import type { Event, Reporter } from '../core/events.ts';
import { MASK, type Redactor } from '../core/secret.ts';
import type { Source } from '../core/source.ts';

export interface ReporterOptions {
  /** stdout. */
  write(text: string): void;
  readonly color: boolean;
  readonly diff: boolean;
  readonly verbosity: number;
  /** Files by the name in a path, for the line under a finding. */
  readonly sources: ReadonlyMap<string, Source>;
}

const reporters = {
  human: async (options: ReporterOptions) => (await import('./human.ts')).human(options),
  ndjson: async (options: ReporterOptions) => (await import('./ndjson.ts')).ndjson(options),
  json: async (options: ReporterOptions) => (await import('./json.ts')).json(options),
  exec: async (options: ReporterOptions) => (await import('./exec.ts')).exec(options),
  sarif: async (options: ReporterOptions) => (await import('./sarif.ts')).sarif(options),
  github: async (options: ReporterOptions) => (await import('./github.ts')).github(options),
  junit: async (options: ReporterOptions) => (await import('./junit.ts')).junit(options),
};

export const openReporter = (name: string, options: ReporterOptions): Promise<Reporter> =>
  reporters[Object.hasOwn(reporters, name) ? (name as keyof typeof reporters) : 'human'](options);

/** Words of the contract, which a secret that happens to be one of them must not blot out. */
const structural: ReadonlySet<string> = new Set(['event', 'time', 'run', 'status', 'severity', 'code', 'module']);
/** Fields of free shape, where a number can be a secret and a short secret can be a whole field. */
const free: ReadonlySet<string> = new Set(['result', 'item', 'diff']);

/** Masks every secret in every text of an event before the reporter sees it. */
export function redacting(reporter: Reporter, redactor: Redactor): Reporter {
  const mask = (value: unknown, inside: boolean): unknown => {
    if (typeof value === 'string') return inside && redactor.isShort(value) ? MASK : redactor.redact(value);
    if (typeof value === 'number') return inside && redactor.redact(String(value)) === MASK ? MASK : value;
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return (value as readonly unknown[]).map(item => mask(item, inside));
    const entries = Object.entries(value).map(([key, item]) => [inside ? redactor.redact(key) : key, mask(item, inside)]);
    return Object.fromEntries(entries);
  };
  const event = (from: Event): Event => {
    const fields: readonly (readonly [string, unknown])[] = Object.entries(from);
    const entries = fields.map(([key, value]) => [key, structural.has(key) ? value : mask(value, free.has(key))]);
    return Object.fromEntries(entries) as Event;
  };
  return { on: from => reporter.on(redactor.isEmpty() ? from : event(from)) };
}
