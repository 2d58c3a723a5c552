// The arguments of a task on one host: rendered, without what is omitted, fitted to the schema, local files loaded.
import { fault } from '../core/fault.ts';
import type { Task, Value } from '../core/site.ts';
import type { AnyModule, Blob, Fault, JsonSchema, LocalFile, LocalTarget, Rendered, Span, Tree, Vars } from '../core/types.ts';
import { documentsOf } from './documents.ts';
import { put } from './functions/table.ts';
import type { LocalFiles } from './local-files.ts';
import { OMIT } from './magic.ts';
import type { Scope } from './scope.ts';
import { Faulty } from './signals.ts';
import { checkArgs, fitArgs } from './task-args.ts';
import { compileTemplate, type Template } from './template.ts';

export interface ArgsOptions {
  readonly files: LocalFiles;
  module(name: string): AnyModule | undefined;
  wordSchema(name: string): JsonSchema | undefined;
}
/** All of it throws the signals of signals.ts. */
export interface ArgsBinder {
  module(task: Task, scope: Scope): Vars;
  word(task: Task, scope: Scope): Vars;
  template(path: string): Template;
}

/** Without the keys and items whose value is `omit`. */
function withoutOmitted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const kept = value.filter(item => item !== OMIT).map(withoutOmitted);
    return kept.length === value.length && kept.every((item, i) => item === value[i]) ? value : kept;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  const made: Record<string, unknown> = {};
  let same = true;
  for (const [key, item] of Object.entries(value)) {
    const kept = item === OMIT ? OMIT : withoutOmitted(item);
    if (kept !== OMIT) put(made, key, kept);
    same &&= kept === item && kept !== OMIT;
  }
  return same ? value : made;
}

/** The conditions of `assert` are evaluated one by one, up to the first that does not hold. */
function withoutThat(args: Value): Value {
  if (args.is !== 'map') return args;
  const entries = args.entries.map(entry =>
    entry.key === 'that' ? { ...entry, value: { is: 'plain' as const, value: [], span: entry.value.span } } : entry,
  );
  return { ...args, entries };
}

function render(task: Task, scope: Scope): Vars {
  const args = task.module === 'assert' ? withoutThat(task.args) : task.args;
  const given = args.is === 'plain' ? args.value : withoutOmitted(scope.data(args));
  if (given === null || given === undefined) return {};
  if (typeof given === 'object' && !Array.isArray(given)) return given as Vars;
  throw new Faulty([
    fault('E316', {
      what: `the arguments of "${task.module}" are no map`,
      why: `their value is ${JSON.stringify(given)}`,
      mend: 'write the arguments out, one below the other',
      at: task.args.span,
    }),
  ]);
}

function fitted(task: Task, schema: JsonSchema, scope: Scope): Vars {
  const found = fitArgs(task.module, schema, render(task, scope), task);
  if ('faults' in found) throw new Faulty(found.faults);
  return found.args;
}

/** The place of one argument's value. */
export function argSpan(task: Pick<Task, 'args' | 'span'>, arg: string): Span {
  if (task.args.is !== 'map') return task.args.span ?? task.span;
  return task.args.entries.find(entry => entry.key === arg)?.value.span ?? task.span;
}

const isConstant = (args: Value): boolean =>
  args.is === 'plain' || (args.is === 'map' && args.entries.every(entry => entry.value.is === 'plain'));

/** Templates compiled once, and again where their file has changed. */
function createTemplates(files: LocalFiles): (path: string) => Template {
  const templates = new Map<string, { readonly text: string; readonly template: Template }>();
  return path => {
    const text = files.text(path);
    if (typeof text !== 'string') throw new Faulty([text]);
    const known = templates.get(path);
    if (known?.text === text) return known.template;
    const template = compileTemplate(text, files.shown(path));
    templates.set(path, { text, template });
    return template;
  };
}

const noFile = (arg: string, value: unknown, at: Span): Fault =>
  fault('E316', {
    what: `"${arg}" names no file`,
    why: `its value is ${JSON.stringify(value)}`,
    mend: 'write the path of a file',
    at,
  });

const isFolderFault = (shown: string, arg: string, module: string, at: Span): Fault =>
  fault('E101', { what: `${shown} is a folder`, why: `"${arg}" of "${module}" must be a file`, mend: 'name a file in it', at });

type Loaded = Blob | Tree | Rendered | LocalTarget;
type Load = (file: LocalFile, written: unknown, task: Task, scope: Scope) => Loaded;

function createLoad(files: LocalFiles, template: (path: string) => Template): Load {
  return (file, written, task, scope) => {
    const at = argSpan(task, file.arg);
    if (file.as === 'inline') return withDocuments({ path: file.arg, text: String(written) }, at);
    if (typeof written !== 'string') throw new Faulty([noFile(file.arg, written, at)]);
    if (file.as === 'target')
      return files.target(written.replaceAll('{host}', String(scope.get('inventory_hostname'))), task.frame);
    const path = files.find(written, file.folder, task.frame, at);
    if (typeof path !== 'string') throw new Faulty([path]);
    const isFolder = files.isFolder(path);
    if (isFolder && file.as !== 'tree') throw new Faulty([isFolderFault(files.shown(path), file.arg, task.module, at)]);
    if (file.as === 'template') {
      const made = { path: written, text: rendered(template(path), scope) };
      return file.yaml ? withDocuments(made, at) : made;
    }
    if (file.yaml) return withDocuments({ path: written, text: textOf(files, path, at) }, at);
    const found = isFolder ? files.tree(path, written, file.followLinks ?? true, at) : files.blob(path, at);
    if ('mend' in found) throw new Faulty([found]);
    return found;
  };
}

function textOf(files: LocalFiles, path: string, at: Span): string {
  const text = files.text(path, at);
  if (typeof text !== 'string') throw new Faulty([text]);
  return text;
}

function withDocuments(made: Rendered, at: Span): Rendered {
  const documents = documentsOf(made.text, made.path, at);
  if ('mend' in documents) throw new Faulty([documents]);
  return { ...made, documents };
}

/** Arguments without an expression are the same on all hosts. */
function createOnce(): (task: Task, make: () => Vars) => Vars {
  const constant = new WeakMap<Task, Vars>();
  return (task, make) => {
    const known = constant.get(task);
    if (known) return known;
    const made = make();
    if (isConstant(task.args)) constant.set(task, made);
    return made;
  };
}

export function createArgsBinder({ files, module: moduleOf, wordSchema }: ArgsOptions): ArgsBinder {
  const once = createOnce();
  const template = createTemplates(files);
  const load = createLoad(files, template);
  return {
    template,
    word: (task, scope) => once(task, () => fitted(task, wordSchema(task.module) ?? {}, scope)),
    module(task, scope) {
      const module = moduleOf(task.module);
      if (!module) throw new Error(`no module "${task.module}"`);
      const args = once(task, () => checked(task, module, fitted(task, module.args, scope)));
      const local: readonly LocalFile[] = module.local?.(args) ?? [];
      if (local.length === 0) return args;
      const written = (file: LocalFile): unknown => file.path ?? args[file.arg];
      const given = local.filter(file => written(file) !== undefined);
      const loaded = given.map(file => [file.arg, load(file, written(file), task, scope)] as const);
      return Object.freeze({ ...args, ...Object.fromEntries(loaded) });
    },
  };
}

function checked(task: Task, module: AnyModule, args: Vars): Vars {
  const wrong = checkArgs(module, task.module, args, task);
  if (wrong.length > 0) throw new Faulty(wrong);
  return args;
}

function rendered(template: Template, scope: Scope): string {
  const faults: readonly Fault[] = template.faults;
  if (faults.length > 0) throw new Faulty(faults);
  return template.render(scope);
}
