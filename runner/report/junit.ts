// The run as JUnit XML for CI pages: a suite a play, a case for each task on each host. Written when the run ends.
import type { HandlerResult, HostUnreachable, Reporter, TaskResult } from '../core/events.ts';
import type { ReporterOptions } from './index.ts';
import { visible } from './text.ts';

type Result = TaskResult | HandlerResult;
interface Case {
  readonly xml: string;
  readonly kind: 'passed' | 'failure' | 'error' | 'skipped';
  readonly seconds: number;
}
interface Suite {
  readonly name: string;
  readonly time: string;
  readonly cases: Case[];
}

export function junit({ write }: ReporterOptions): Reporter {
  const suites: Suite[] = [];
  const suite = (name: string, time: string): Suite => {
    const last = suites.at(-1);
    if (last?.name === name) return last;
    const fresh = { name, time, cases: [] };
    suites.push(fresh);
    return fresh;
  };
  return {
    on(event) {
      if (event.event === 'play_start') suites.push({ name: event.play, time: event.time, cases: [] });
      else if (event.event === 'finding' && event.severity === 'error') {
        const body = tag('error', { type: event.code, message: event.what }, `${event.why}\n${event.mend}`);
        const xml = testcase({ classname: event.path ?? 'site', name: event.what, time: '0' }, body);
        suite('site', event.time).cases.push({ xml, kind: 'error', seconds: 0 });
      } else if (event.event === 'host_unreachable') suite(event.play, event.time).cases.push(lost(event));
      // The items of a loop are summed up in an event of their own, which alone counts.
      else if ((event.event === 'task_result' || event.event === 'handler_result') && event.itemLabel === undefined) {
        suite(event.play, event.time).cases.push(result(event));
      } else if (event.event === 'run_end') write(document(suites));
    },
  };
}

function document(suites: readonly Suite[]): string {
  const all = suites.flatMap(suite => suite.cases);
  const body = suites.map(({ name, time, cases }) =>
    tag('testsuite', { name, timestamp: time, ...totals(cases) }, `\n${cases.map(one => one.xml).join('')}`, true),
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n${tag('testsuites', { name: 'tsrun', ...totals(all) }, `\n${body.join('')}`, true)}`;
}

function totals(cases: readonly Case[]): Readonly<Record<string, string>> {
  const of = (kind: Case['kind']): string => String(cases.filter(one => one.kind === kind).length);
  const time = cases.reduce((sum, one) => sum + one.seconds, 0).toFixed(3);
  return { tests: String(cases.length), failures: of('failure'), errors: of('error'), skipped: of('skipped'), time };
}

function result(event: Result): Case {
  const kind = kindOf(event);
  const role = event.role === null ? '' : `${event.role} : `;
  const attributes = { classname: event.host, name: role + event.task, file: event.path, time: event.seconds.toFixed(3) };
  return { xml: testcase(attributes, bodyOf(event, kind)), kind, seconds: event.seconds };
}

function kindOf(event: Result): Case['kind'] {
  if (event.status === 'failed') return event.ignored ? 'passed' : 'failure';
  return event.status === 'skipped' || event.status === 'unknown' ? 'skipped' : 'passed';
}

function bodyOf(event: Result, kind: Case['kind']): string {
  const said = [...event.changes, event.message].filter(text => text !== '').join('\n');
  if (kind === 'passed') return said === '' ? '' : tag('system-out', {}, said);
  if (kind === 'skipped')
    return tag('skipped', { message: event.status === 'unknown' ? 'unknown' : event.message || 'skipped' }, '');
  const { fault } = event;
  const text = fault ? `${fault.code} ${fault.what}\n${fault.why}\n${fault.mend}` : said;
  return tag('failure', { type: fault?.code ?? 'failed', message: event.message }, text);
}

function lost(event: HostUnreachable): Case {
  const { fault } = event;
  const body = tag(
    'error',
    { type: fault?.code ?? 'unreachable', message: event.message },
    fault ? `${fault.why}\n${fault.mend}` : event.message,
  );
  return { xml: testcase({ classname: event.host, name: event.task, time: '0' }, body), kind: 'error', seconds: 0 };
}

const testcase = (attributes: Readonly<Record<string, string>>, body: string): string => tag('testcase', attributes, body, true);

function tag(name: string, attributes: Readonly<Record<string, string>>, body: string, isXml = false): string {
  const head = Object.entries(attributes).map(([key, value]) => ` ${key}="${escape(value).replaceAll('\n', '&#10;')}"`);
  const inside = isXml ? body : escape(body);
  return inside === '' ? `<${name}${head.join('')}/>\n` : `<${name}${head.join('')}>${inside}</${name}>\n`;
}

/** XML has no way at all to hold most control characters: they are made visible. */
function escape(text: string): string {
  const plain = visible(text).replace(
    /[\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
    '\ufffd',
  );
  return plain.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
