// A scratch root on this machine, modules played in it against a real shell with the engine's own steps, and what is then there.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { compileSchema, renameAliases, withDefaults } from '../../runner/core/schema.ts';
import type {
  AnyModule,
  Blob,
  LocalFile,
  LocalTarget,
  Modules,
  Output,
  Plan,
  Question,
  Rendered,
  Step,
  Tree,
  Vars,
} from '../../runner/core/types.ts';
import { besideName, stepQuestion } from '../../runner/execute/steps.ts';

export interface Scratch {
  readonly root: string;
  readonly shell: readonly string[];
  readonly path?: string | undefined;
}

/** What the examples of the modules find under /scratch. */
const TREE: Readonly<Record<string, string>> = {
  'etc/hosts': '127.0.0.1 localhost\n',
  'etc/app.conf': '# settings\nuser=app\nport=80\n#debug=yes\n[main]\nkey = 1\n',
  'etc/app.ini': '[main]\nkey = 1\n\n[other]\nname = x\n',
  'etc/daemon.json': '{\n  "log-level": "info",\n  "mirrors": ["a"]\n}\n',
  'parts/10-first': 'first\n',
  'parts/20-second': 'second\n',
  'cache/a/b': 'x',
  'release-7/': '',
  'tree/sub/file': 'y\n',
  'home/.ssh/known_hosts': '',
};

export function makeScratch(shell: readonly string[] = ['sh'], path?: string): Scratch {
  const root = mkdtempSync(join(tmpdir(), 'tsrun-law-'));
  cpSync(original(), root, { recursive: true, preserveTimestamps: true });
  return { root, shell, path };
}
let made: string | undefined;
/** Made once; each scratch root is a copy of it. */
function original(): string {
  if (made) return made;
  const root = mkdtempSync(join(tmpdir(), 'tsrun-law-'));
  made = root;
  fill(root, TREE);
  makeRepository(root);
  spawnSync('tar', ['-C', root, '-cf', join(root, 'app.tar'), 'tree/sub/file', 'parts']);
  process.once('exit', () => rmSync(root, { recursive: true, force: true }));
  return root;
}

function makeRepository(root: string): void {
  const folder = join(root, 'app.git');
  mkdirSync(folder);
  writeFileSync(join(folder, 'readme'), 'x\n');
  const who = ['-c', 'user.name=x', '-c', 'user.email=x@x', '-c', 'init.defaultBranch=main', '-c', 'init.templateDir='];
  for (const words of [
    ['init', '-q'],
    ['add', '.'],
    ['commit', '-qm', 'x'],
  ])
    spawnSync('git', ['-C', folder, ...who, ...words]);
}
export const removeScratch = (scratch: Scratch): void => rmSync(scratch.root, { recursive: true, force: true });

/** Text is a file, `-> x` a link, a path that ends in a slash a folder. */
export function fill(root: string, tree: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(tree)) {
    const path = join(root, name);
    if (name.endsWith('/')) {
      mkdirSync(path, { recursive: true });
      continue;
    }
    mkdirSync(dirname(path), { recursive: true });
    if (content.startsWith('-> ')) symlinkSync(content.slice(3), path);
    else writeFileSync(path, content);
  }
}

export function ask(question: Question, { shell, root, path }: Scratch): Output {
  if (!('sh' in question)) throw new Error('only shell questions here');
  const [program = 'sh', ...more] = shell;
  const env = { ...process.env, HOME: root, XDG_STATE_HOME: join(root, 'state'), ...(path === undefined ? {} : { PATH: path }) };
  const { status, stdout, stderr } = spawnSync(program, [...more, '-c', question.sh], {
    input: question.stdin ?? '',
    env,
    cwd: root,
    maxBuffer: 64 << 20,
  });
  return { code: status ?? 128, stdout, stderr, text: () => stdout.toString() };
}

export const blobOf = (path: string, content: string | Uint8Array, mode = 0o644): Blob => ({
  path,
  sha256: createHash('sha256').update(content).digest('hex'),
  size: Buffer.byteLength(content),
  mode,
  ...(typeof content === 'string' ? { text: content } : {}),
  async *open() {
    yield Buffer.from(content);
  },
});

export const treeOf = (path: string, files: Readonly<Record<string, string>>): Tree => ({
  path,
  folders: [...new Set(Object.keys(files).flatMap(name => parents(name)))].sort().map(folder => ({ path: folder, mode: 0o755 })),
  files: Object.entries(files).map(([name, text]) => ({ path: name, blob: blobOf(name, text) })),
  links: [],
});
const parents = (name: string): string[] => {
  const at = name.lastIndexOf('/');
  return at < 0 ? [] : [...parents(name.slice(0, at)), name.slice(0, at)];
};

/** What bind would read on the runner for an argument. */
const LAW_MANIFEST = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"law"},"data":{"a":"1"}}';
function localValue(as: LocalFile['as'], path: string, yaml = false): Blob | Tree | Rendered | LocalTarget {
  if (as === 'target') return targetAt(path.replaceAll('{host}', 'law'));
  if (yaml) return { path, text: LAW_MANIFEST, documents: [JSON.parse(LAW_MANIFEST)] };
  if (as === 'template') return { path, text: 'port = 80\n' };
  const isFolder = as === 'tree' && (path.endsWith('/') || !/\.\w+$/.test(path));
  return isFolder ? treeOf(path, { 'a.txt': 'a\n', 'sub/b.txt': 'b\n' }) : blobOf(path, 'local\n');
}

function targetAt(path: string): LocalTarget {
  if (!existsSync(path)) return { path, is: 'absent', sha256: '' };
  return { path, is: 'file', sha256: blobOf(path, readFileSync(path)).sha256 };
}

export interface Task {
  readonly module: AnyModule;
  readonly name: string;
  readonly args: Vars;
  readonly faults: readonly string[];
}

/** The tasks of an example, checked and with their defaults, as bind makes them. */
export function readExample(modules: Modules, yaml: string, root: string): readonly Task[] {
  const written = parse(yaml.replaceAll('/scratch', root).replace(/\{\{[^}]*\}\}/g, '12')) as Vars | readonly Vars[];
  return [written].flat().map(task => readTask(modules, task));
}

function readTask(modules: Modules, task: Vars): Task {
  const name = Object.keys(task).find(key => modules.get(key)) ?? '';
  const module = modules.get(name);
  if (!module) throw new Error(`no module in ${JSON.stringify(task)}`);
  return checkedTask(module, name, task[name]);
}

export function checkedTask(module: AnyModule, name: string, written: unknown): Task {
  const plain = typeof written === 'string' && module.freeForm ? { [module.freeForm]: written } : (written ?? {});
  const args = withDefaults(module.args, renameAliases(module.args, plain)) as Record<string, unknown>;
  const faults = compileSchema(module.args)(args).map(({ message }) => message);
  for (const { arg, as, path, yaml } of module.local?.(args) ?? []) args[arg] = localValue(as, path ?? String(args[arg]), yaml);
  return { module, name, args, faults: [...faults, ...(module.check?.(args) ?? [])] };
}

export interface Played {
  readonly plan: Plan;
  readonly state: unknown;
  readonly result: Vars;
  readonly failed?: string;
}

export function look({ module, args }: Task, scratch: Scratch): { readonly state: unknown; readonly plan: Plan } {
  const state = module.probe(args).parse(ask(module.probe(args).ask, scratch));
  return { state, plan: module.plan(args, state) };
}

export async function play(task: Task, scratch: Scratch, seen = look(task, scratch)): Promise<Played> {
  const { module, args } = task;
  const { state, plan } = seen;
  if (plan.refuse) return { plan, state, result: plan.result, failed: plan.refuse.why };
  const outputs: Output[] = [];
  for (const action of [...plan.changes.map(change => change.action), ...(plan.acts ?? [])]) {
    for (const step of module.apply(action)) {
      const output = await doStep(step, scratch);
      outputs.push(output);
      if (!('run' in step && step.accept ? step.accept : [0]).includes(output.code))
        return { plan, state, result: plan.result, failed: output.stderr.toString() || `exit ${output.code}` };
    }
  }
  return { plan, state, result: module.result?.(args, state, outputs) ?? plan.result };
}

async function doStep(step: Step, scratch: Scratch): Promise<Output> {
  if ('get' in step) {
    const output = ask({ sh: `cat -- '${step.get}'` as never }, scratch);
    mkdirSync(dirname(step.into), { recursive: true });
    writeFileSync(step.into, output.stdout);
    return output;
  }
  if ('put' in step && typeof step.content === 'object' && 'open' in step.content) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of step.content.open()) chunks.push(chunk);
    writeFileSync(besideName(step.put), Buffer.concat(chunks), { mode: 0o600 });
  }
  const question = stepQuestion(step, true);
  if (!question) throw new Error(`no question for ${JSON.stringify(step)}`);
  return ask(question, scratch);
}

/** Type, mode, owner, time and content of all below the root: equal snapshots are equal trees. */
export function snapshot(root: string, withTimes = true): Readonly<Record<string, string>> {
  const seen: Record<string, string> = {};
  const walk = (folder: string): void => {
    for (const name of readdirSync(folder).sort()) {
      const path = join(folder, name);
      const { mode, uid, gid, mtimeMs } = lstatSync(path);
      const kind = mode & 0o170000;
      const content = kind === 0o100000 ? readFileSync(path, 'latin1') : kind === 0o120000 ? readlinkSync(path) : '';
      seen[path.slice(root.length)] = [mode.toString(8), uid, gid, withTimes ? mtimeMs : '', content].join(' ');
      if (kind === 0o040000) walk(path);
    }
  };
  if (existsSync(root)) walk(root);
  return seen;
}
