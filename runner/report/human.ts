// A run for people: what changed and what failed, a line each; what is as it should be is one count. It colours, never hides a failure.
import type { HandlerResult, HostUnreachable, PlayStart, Reporter, TaskResult } from '../core/events.ts';
import type { ReporterOptions } from './index.ts';
import { faultFormat } from './findings.ts';
import { impactLines, recapLines, summary } from './recap.ts';
import { asJson, count, indent, type Paint, painter, visible } from './text.ts';

type Result = TaskResult | HandlerResult;
type ShowDiff = (event: Result, paint: Paint) => readonly string[];

/** Longer lists of changes are cut unless -v is given. */
const MOST_CHANGES = 12;
const colors = {
  changed: 'yellow',
  failed: 'red',
  lost: 'red',
  ignored: 'cyan',
  unknown: 'magenta',
  ok: 'green',
  skipped: 'dim',
} as const;
type Label = keyof typeof colors;

export async function human(options: ReporterOptions): Promise<Reporter> {
  const showDiff: ShowDiff = options.diff ? (await import('./human-diff.ts')).diffLines : () => [];
  const paint = painter(options.color);
  const page = createPage(options, paint);
  let check = false;
  let calm = { ok: 0, skipped: 0 };
  const shown = new Set<string>();
  let halfway = 0;
  const result = (event: Result): void => {
    const isItem = event.itemLabel !== undefined;
    if (!isItem && event.failed && !event.ignored && event.result['changed'] === true) halfway += 1;
    const key = `${event.play}\0${event.host}\0${event.path}`;
    const isCalm = event.status === 'ok' || event.status === 'skipped';
    if (isCalm && !isItem) calm[event.status === 'ok' ? 'ok' : 'skipped'] += 1;
    if (isCalm && options.verbosity === 0 && (event.module !== 'debug' || event.status === 'skipped')) return;
    // The sum of a loop says nothing that its items have not said.
    if (!isItem && shown.delete(key) && !event.fault) return;
    if (isItem) shown.add(key);
    page.result(event, showDiff(event, paint));
  };
  return {
    on(event) {
      if (event.event === 'run_start') {
        check = event.check;
        page.start(check);
      } else if (event.event === 'play_start') {
        calm = { ok: 0, skipped: 0 };
        page.play(event);
      } else if (event.event === 'task_result' || event.event === 'handler_result') result(event);
      else if (event.event === 'host_unreachable') page.unreachable(event);
      else if (event.event === 'play_end') page.calm(calm.ok, calm.skipped);
      else if (event.event === 'recap') {
        options.write(
          `\n${[...recapLines(event.hosts, paint), '', summary(event.hosts, check, halfway), ...impactLines(event.impact, check)].join('\n')}\n`,
        );
      } else if (event.event === 'run_end' && event.exitCode === 130)
        options.write('interrupted: what was in hand was finished, the rest was not begun\n');
    },
  };
}

function createPage(options: ReporterOptions, paint: Paint) {
  const format = faultFormat(options.color, options.sources);
  let check = false;
  let hostWidth = 0;
  const put = (lines: readonly string[]): void => options.write(`${lines.join('\n')}\n`);
  const head = (label: Label, host: string, what: string): string => {
    const word = label === 'changed' && check ? 'would change' : label;
    return `${paint(colors[label], word.padEnd(check ? 12 : 9))}  ${visible(host).padEnd(hostWidth)}  ${visible(what)}`;
  };
  return {
    start(isCheck: boolean): void {
      check = isCheck;
      if (check) put(['check run: nothing is changed on any host']);
    },
    play(event: PlayStart): void {
      hostWidth = Math.min(30, Math.max(0, ...event.hosts.map(host => visible(host).length)));
      const hosts = event.hosts.length === 0 ? 'no hosts, skipped' : count(event.hosts.length, 'host');
      put(['', `${paint('bold', visible(event.play))} (${hosts})`]);
    },
    result(event: Result, diff: readonly string[]): void {
      const label: Label = event.status === 'failed' && event.ignored ? 'ignored' : event.status;
      const lines = [head(label, hostOf(event), titleOf(event))];
      if (label === 'failed' && event.fault) {
        const item = event.itemLabel === undefined ? [] : [`      item ${visible(event.itemLabel)}`];
        return put([...diff, ...item, visibleFault(format(event.fault)), '']);
      }
      put([...lines, ...details(event, options.verbosity).map(line => indent(line, 11)), ...diff]);
    },
    unreachable(event: HostUnreachable): void {
      const label: Label = event.ignored ? 'ignored' : 'lost';
      put(event.fault && !event.ignored ? [format(event.fault), ''] : [head(label, event.host, `unreachable: ${event.message}`)]);
    },
    calm(ok: number, skipped: number): void {
      const parts = [ok > 0 ? `${ok} as it should be` : '', skipped > 0 ? `${skipped} skipped` : ''].filter(part => part !== '');
      if (parts.length > 0) put([paint('dim', `${'unchanged'.padEnd(check ? 12 : 9)}  ${parts.join(', ')}`)]);
    },
  };
}

/** formatFault has made the text safe; an empty why or mend leaves no empty line. */
const visibleFault = (text: string): string => text.trimEnd();

const hostOf = (event: Result): string => (event.delegate === undefined ? event.host : `${event.host} -> ${event.delegate}`);

function titleOf(event: Result): string {
  const role = event.role === null ? '' : `${event.role} : `;
  const item = event.itemLabel === undefined ? '' : ` (${event.itemLabel})`;
  return `${role}${event.task}${event.event === 'handler_result' ? ' [handler]' : ''}${item}`;
}

const QUIET: ReadonlySet<string> = new Set(['none', 'reload']);

function details(event: Result, verbosity: number): readonly string[] {
  const by = event.impactOf === undefined ? '' : ` (handler "${visible(event.impactOf)}")`;
  const most = verbosity > 0 ? event.changes.length : MOST_CHANGES;
  const changes = event.changes.slice(0, most).map(visible);
  const rest = event.changes.length - changes.length;
  const impact = event.impact && !QUIET.has(event.impact) ? [`impact: ${event.impact}${by}`] : [];
  const said = event.message !== '' && (event.changes.length === 0 || event.module === 'debug') ? [visible(event.message)] : [];
  const result = verbosity > 1 ? [visible(asJson(event.result, 2))] : [];
  const path = verbosity > 2 ? [event.path] : [];
  return [
    ...changes,
    ...(rest > 0 ? [`and ${count(rest, 'more change')} (-v shows all)`] : []),
    ...impact,
    ...said,
    ...path,
    ...result,
  ];
}
