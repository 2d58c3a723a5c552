// The local files that a task names: they are there, templates are readable and what they read is defined. Renders to check alone.
import { readdirSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { didYouMean } from '../../core/fault.ts';
import type { AnyModule, Fault, LocalFile, Span, Vars } from '../../core/types.ts';
import { documentsOf } from '../documents.ts';
import { answer } from '../expression.ts';
import { compileTemplate, mendInTemplate, type Template } from '../template.ts';
import type { ArgsChecks } from './args.ts';
import { classesOf, groundOf } from './classes.ts';
import { closureOf } from './closure.ts';
import { pathFaults, withOthers } from './names.ts';
import { type Sight, sightOf } from './sight.ts';
import type { State } from './state.ts';
import { typoFaults } from './typos.ts';
import { noteReads } from './task.ts';

type Report = (faults: readonly Fault[]) => void;

export function checkLocalFiles(module: AnyModule, given: Vars, args: ArgsChecks, sight: Sight, report: Report): void {
  for (const file of filesOf(module, given)) {
    const name = file.path ?? given[file.arg];
    // A place to write to need not be there.
    if (typeof name !== 'string' || args.waiting.has(file.arg) || file.as === 'target') continue;
    const at = placeOf(args, file.arg);
    if (file.as === 'inline') {
      report(yamlFaults(name, file.arg, at));
      continue;
    }
    const { local } = sight.state;
    const found = local.find(name, file.folder, args.task.frame, at);
    if (typeof found !== 'string') report([withNear(found, name, local.places(name, file.folder, args.task.frame))]);
    else if (file.as === 'template') checkTemplate(found, at, args, sight, report);
    else if (file.yaml) report(yamlFile(found, name, at, sight.state));
  }
}

function yamlFaults(text: string, name: string, at: Span): readonly Fault[] {
  const made = documentsOf(text, name, at);
  return 'mend' in made ? [made] : [];
}

function yamlFile(path: string, name: string, at: Span, { local }: State): readonly Fault[] {
  const text = local.text(path, at);
  return typeof text === 'string' ? yamlFaults(text, name, at) : [text];
}

/** With arguments missing a module may not be able to say. */
function filesOf(module: AnyModule, given: Vars): readonly LocalFile[] {
  try {
    return module.local?.(given) ?? [];
  } catch {
    return [];
  }
}

/** `template.2` is the third item of the argument. */
function placeOf({ task }: ArgsChecks, arg: string): Span {
  const [first] = arg.split('.');
  const entry = task.args.is === 'map' ? task.args.entries.find(({ key }) => key === first) : undefined;
  return entry?.value.span ?? task.span;
}

function withNear(found: Fault, name: string, tried: readonly string[]): Fault {
  const near = tried.flatMap(path =>
    statSync(dirname(path), { throwIfNoEntry: false })?.isDirectory() ? readdirSync(dirname(path)) : [],
  );
  const meant = didYouMean(basename(name), near);
  return meant ? { ...found, mend: `did you mean "${meant}"?` } : found;
}

const compiled = new WeakMap<State, Map<string, Template | undefined>>();

/** Read and parsed once a site. */
function templateOf(path: string, at: Span, state: State): Template | undefined {
  const known = compiled.get(state) ?? new Map<string, Template | undefined>();
  compiled.set(state, known);
  if (known.has(path)) return known.get(path);
  const faults: Fault[] = [];
  const source = state.work.files.text(path, faults, at);
  const template = source && compileTemplate(source.text, source.file);
  for (const found of [...faults, ...(template?.faults ?? [])]) state.findings.add(found);
  known.set(path, template);
  return template;
}

/** The template may read what differs between hosts that the task's own values hold alike. */
function checkTemplate(path: string, at: Span, { group, check, task }: ArgsChecks, sight: Sight, report: Report): void {
  const { state } = sight;
  const template = templateOf(path, at, state);
  if (!template || template.faults.length > 0) return;
  const own = task.loop ? [task.loopControl.loopVar] : [];
  const reads = {
    is: 'text',
    parts: [{ text: '', span: at, references: template.references, program: null }],
    span: at,
  } as const;
  const closure = closureOf([reads], groundOf(check.of, state, task.layers, new Set([...check.pending, ...own])));
  noteReads(task, closure, check.of, state);
  const inside = new Set(group.hosts);
  for (const { hosts } of classesOf(closure, check.of, state)) {
    const host = hosts.find(name => inside.has(name));
    const here =
      host === undefined
        ? undefined
        : host === sight.host.name
          ? sight
          : sightOf(state, sight.play, task, host, sight.on.local, check.pending);
    if (!here || state.budget-- <= 0) continue;
    const made = answer(() => template.render(here.scope));
    const look = { known: typoFaults, unknown: pathFaults, fault: withOthers.bind(null, made.is === 'fault' ? made.faults : []) };
    report(look[made.is](reads, here).map(inTemplate));
  }
}

const inTemplate = (found: Fault): Fault => {
  const [, name] = /^"([\w.]+)" is not defined/.exec(found.what) ?? [];
  return name === undefined ? found : { ...found, mend: mendInTemplate(found.mend, name) };
};
