// `tsrun exec` for people: what each host said, under its name. It shows results, no recap.
import type { HostUnreachable, Reporter, TaskResult } from '../core/events.ts';
import { faultFormat } from './findings.ts';
import type { ReporterOptions } from './index.ts';
import { asJson, type Paint, painter, visible } from './text.ts';

const colors = { changed: 'yellow', failed: 'red', unknown: 'magenta', ok: 'green', skipped: 'dim' } as const;
/** Fields that every result has, and those that say again what another field says. */
const known: ReadonlySet<string> = new Set(['changed', 'failed', 'skipped', 'unreachable', 'stdout_lines', 'stderr_lines']);

export function exec(options: ReporterOptions): Reporter {
  const paint = painter(options.color);
  const format = faultFormat(options.color, options.sources);
  const put = (text: string): void => options.write(`${text}\n`);
  return {
    on(event) {
      if (event.event === 'host_unreachable') put(lost(event, format));
      // Facts are gathered where the arguments name one; nobody asked to see them.
      else if (event.event === 'task_result' && event.task !== 'Gathering Facts') put(told(event, paint, format));
    },
  };
}

const lost = (event: HostUnreachable, format: ReturnType<typeof faultFormat>): string =>
  event.fault ? format(event.fault) : `${visible(event.host)} | unreachable | ${visible(event.message)}`;

function told(event: TaskResult, paint: Paint, format: ReturnType<typeof faultFormat>): string {
  const { result, status } = event;
  const head = (more: string): string => paint(colors[status], `${visible(event.host)} | ${status}${more}`);
  const { rc, stdout, stderr } = result;
  if (typeof rc === 'number' && typeof stdout === 'string') {
    const said = [stdout, typeof stderr === 'string' ? stderr : ''].filter(text => text !== '');
    return [head(` | rc=${rc} >>`), ...said.map(visible)].join('\n');
  }
  if (event.fault) return format(event.fault).trimEnd();
  const fields = Object.entries(result).filter(([key]) => !known.has(key));
  const changes = event.changes.map(change => `  ${visible(change)}`);
  const body = fields.length === 0 ? [] : [visible(asJson(Object.fromEntries(fields), 2))];
  return [head(status === 'unknown' || status === 'skipped' ? ` | ${visible(event.message)}` : ''), ...changes, ...body].join(
    '\n',
  );
}
