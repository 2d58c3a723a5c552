// An executable inventory: runs it with --list (and --host), reads Ansible's JSON -> draft. The only file here that starts a process.
import { execFile } from 'node:child_process';
import { fault } from '../core/fault.ts';
import type { Fault, Span } from '../core/types.ts';
import { addChild, addGroup, addHost, type Draft, type Origin, setGroupVars, setVars } from './inventory-draft.ts';
import type { MapEntry, YamlNode } from './node.ts';
import { textNode } from './python-literal.ts';

export interface ScriptOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const limits = { seconds: 300, bytes: 256 * 1024 * 1024, atOnce: 8 } as const;
type Json = Readonly<Record<string, unknown>>;
type Ran = { readonly json: Json } | { readonly why: string; readonly mend?: string };

export async function readScriptInventory(draft: Draft, origin: Origin, options: ScriptOptions): Promise<void> {
  const at: Span = { file: origin.file, line: 1, col: 1 };
  const listed = await run(origin.path, ['--list'], options);
  if ('why' in listed) {
    draft.faults.push(scriptFault(origin, '--list', at, listed));
    return;
  }
  const hosts = new Set<string>();
  for (const [name, body] of Object.entries(listed.json)) {
    if (name !== '_meta') readGroup({ draft, origin, at, hosts }, name, body);
  }
  const meta = isMap(listed.json._meta) ? listed.json._meta.hostvars : undefined;
  if (isMap(meta)) for (const host of hosts) setHost(draft, host, meta[host], at, origin);
  else await askEach(draft, [...hosts], at, origin, options);
}

const isMap = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

function scriptFault(origin: Origin, args: string, at: Span, { why, mend }: { why: string; mend?: string }): Fault {
  const what = `the inventory script ${origin.file} failed`;
  return fault('E409', { what, at, why, mend: mend ?? `see what it prints: ${origin.path} ${args}` });
}

function run(path: string, args: readonly string[], { cwd, env }: ScriptOptions): Promise<Ran> {
  const settings = { cwd, env: { ...env }, timeout: limits.seconds * 1000, maxBuffer: limits.bytes, encoding: 'utf8' } as const;
  return new Promise(resolve => {
    const child = execFile(path, args, settings, (error, stdout, stderr) => {
      resolve(error ? failure(path, error, stderr) : parse(stdout, stderr));
    });
    child.stdin?.end();
  });
}

function failure(path: string, error: Error & { code?: string | number | null; killed?: boolean }, stderr: string): Ran {
  const said = stderr.trim() === '' ? '' : `\n${stderr.trim().slice(-2000)}`;
  if (error.code === 'EACCES') return { why: 'it is not executable', mend: `run: chmod +x ${path}` };
  if (error.code === 'ENOEXEC' || error.code === 'ENOENT') {
    return { why: 'its first line names no program that is here', mend: 'begin it with a line such as #!/bin/sh' };
  }
  if (error.killed && error.code === null) return { why: `it gave no answer within ${limits.seconds} s${said}` };
  return { why: typeof error.code === 'number' ? `it exited ${error.code}${said}` : `${error.message}${said}` };
}

function parse(stdout: string, stderr: string): Ran {
  const mend = 'let it print one JSON object: {"GROUP": {"hosts": ["h1"]}, "_meta": {"hostvars": {}}}';
  const said = stderr.trim() === '' ? '' : `\n${stderr.trim().slice(-2000)}`;
  if (stdout.trim() === '') return { json: {} };
  try {
    const json: unknown = JSON.parse(stdout);
    return isMap(json) ? { json } : { why: `it printed JSON that is no object${said}`, mend };
  } catch (error) {
    return { why: `it printed no JSON: ${(error as Error).message}${said}`, mend };
  }
}

interface Reading {
  readonly draft: Draft;
  readonly origin: Origin;
  readonly at: Span;
  readonly hosts: Set<string>;
}

/** A list is the group's hosts; a map without hosts, vars and children is one host of that name with its variables. */
function readGroup(reading: Reading, name: string, body: unknown): void {
  const { draft, origin, at } = reading;
  const group = addGroup(draft, name, at, origin);
  const known = isMap(body) && ['hosts', 'vars', 'children'].some(key => key in body);
  const shape = known ? body : isMap(body) ? { hosts: [name], vars: body } : { hosts: body };
  for (const host of namesOf(reading, name, 'hosts', shape.hosts)) {
    reading.hosts.add(host);
    addHost(draft, host, at, origin, group);
  }
  if (isMap(shape.vars)) setGroupVars(draft, group, entriesOf(shape.vars, at), origin);
  for (const child of namesOf(reading, name, 'children', shape.children)) {
    addChild(draft, group, addGroup(draft, child, at, origin), at);
  }
}

function namesOf({ draft, origin, at }: Reading, group: string, key: string, value: unknown): readonly string[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value) && value.every(name => typeof name === 'string' || typeof name === 'number')) return value.map(String);
  const why = `"${key}" of the group "${group}" is no list of names`;
  draft.faults.push(scriptFault(origin, '--list', at, { why }));
  return [];
}

function setHost(draft: Draft, name: string, vars: unknown, at: Span, origin: Origin): void {
  const host = draft.hosts.get(name);
  if (host && isMap(vars)) setVars(draft, [host], entriesOf(vars, at), origin);
}

async function askEach(draft: Draft, hosts: readonly string[], at: Span, origin: Origin, options: ScriptOptions): Promise<void> {
  for (let first = 0; first < hosts.length; first += limits.atOnce) {
    const some = hosts.slice(first, first + limits.atOnce);
    const answers = await Promise.all(some.map(host => run(origin.path, ['--host', host], options)));
    answers.forEach((answer, i) => {
      const host = some[i] as string;
      if ('json' in answer) setHost(draft, host, answer.json, at, origin);
      else draft.faults.push(scriptFault(origin, `--host ${host}`, at, answer));
    });
  }
}

const entriesOf = (vars: Json, at: Span): MapEntry[] =>
  Object.entries(vars).map(([key, value]) => ({ key, keySpan: at, value: jsonNode(value, at) }));

function jsonNode(value: unknown, span: Span): YamlNode {
  if (Array.isArray(value)) return { kind: 'list', items: value.map(item => jsonNode(item, span)), span };
  if (isMap(value)) return { kind: 'map', entries: entriesOf(value, span), span };
  return textNode(value as string | number | boolean | null, span);
}
