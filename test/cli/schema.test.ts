// What an editor makes of the schemas: the real YAML language server on a folder where `tsrun schema --write` was run.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const main = join(import.meta.dirname, '../../runner/main.ts');
const folder = mkdtempSync(join(tmpdir(), 'tsrun-schema-'));
const tsrun = (...words: string[]): string =>
  execFileSync(process.execPath, ['--import', import.meta.resolve('tsx'), main, ...words], { cwd: folder, encoding: 'utf8' });

describe('tsrun schema --write', () => {
  it('writes the schemas and settings of VS Code once, and leaves settings that are there', () => {
    expect(tsrun('schema', '--write')).toMatch(/settings\.json is written/);
    const settings = JSON.parse(readFileSync(join(folder, '.vscode/settings.json'), 'utf8')) as { 'yaml.schemas': object };
    for (const path of Object.keys(settings['yaml.schemas'])) expect(existsSync(join(folder, path))).toBe(true);
    writeFileSync(join(folder, '.vscode/settings.json'), '{ "mine": 1 }\n');
    expect(tsrun('schema', '--write')).toMatch(/left as it is; add to it:\n\{\n {2}"yaml\.schemas"/);
    expect(readFileSync(join(folder, '.vscode/settings.json'), 'utf8')).toBe('{ "mine": 1 }\n');
  });

  it('prints one, with the modules of the user', () => {
    mkdirSync(join(folder, 'modules'));
    const own = "export const module = { summary: 'Mine.', args: { type: 'object', properties: { colour: { type: 'string' } } },";
    const rest = ' returns: {}, examples: [], probe: () => null, plan: () => ({}), apply: () => [] };\n';
    writeFileSync(join(folder, 'modules/my_own.mjs'), `${own}${rest}`);
    expect(tsrun('schema', 'tasks')).toMatch(/"my_own": \{\s+"description": "Mine\."/);
  });
});

interface Diagnostic {
  readonly message: string;
  readonly range: { readonly start: { readonly line: number; readonly character: number } };
}
interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly uri?: string; readonly diagnostics?: readonly Diagnostic[]; readonly items?: readonly object[] };
  readonly result?: unknown;
}

/** A language server over stdio: requests are answered, diagnostics are kept by file. */
function startServer() {
  const bin = join(
    dirname(createRequire(import.meta.url).resolve('yaml-language-server/package.json')),
    'bin/yaml-language-server',
  );
  const child: ChildProcess = spawn(process.execPath, [bin, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = new Map<number, (result: unknown) => void>();
  const waiting = new Map<string, (found: readonly Diagnostic[]) => void>();
  let bytes = Buffer.alloc(0);
  let last = 0;
  const send = (message: object): void => {
    const text = JSON.stringify({ jsonrpc: '2.0', ...message });
    child.stdin?.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  };
  const receive = (message: Message): void => {
    const { id, method, params } = message;
    if (method === undefined) return answers.get(id ?? 0)?.(message.result);
    if (method === 'textDocument/publishDiagnostics') waiting.get(params?.uri ?? '')?.(params?.diagnostics ?? []);
    // It asks for its settings section by section.
    else if (id !== undefined) send({ id, result: params?.items?.map(() => null) ?? null });
  };
  child.stdout?.on('data', (part: Buffer) => {
    bytes = Buffer.concat([bytes, part]);
    for (;;) {
      const head = /^Content-Length: (\d+)\r\n\r\n/.exec(bytes.toString('latin1'));
      const end = head ? head[0].length + Number(head[1]) : Number.POSITIVE_INFINITY;
      if (!head || bytes.length < end) return;
      receive(JSON.parse(bytes.subarray(head[0].length, end).toString()) as Message);
      bytes = bytes.subarray(end);
    }
  });
  const ask = (method: string, params: object): Promise<unknown> => {
    last += 1;
    const id = last;
    return new Promise(resolve => {
      answers.set(id, resolve);
      send({ id, method, params });
    });
  };
  /** What is red in the text, which names its schema in its first line. */
  const open = (uri: string, text: string): Promise<readonly Diagnostic[]> =>
    new Promise(resolve => {
      waiting.set(uri, resolve);
      send({ method: 'textDocument/didOpen', params: { textDocument: { uri, languageId: 'yaml', version: 1, text } } });
    });
  return { child, send, ask, open };
}

describe('the YAML language server', () => {
  let server: ReturnType<typeof startServer>;
  beforeAll(async () => {
    tsrun('schema', '--write');
    server = startServer();
    const rootUri = pathToFileURL(folder).href;
    await server.ask('initialize', {
      processId: process.pid,
      rootUri,
      capabilities: {},
      workspaceFolders: [{ uri: rootUri, name: 'x' }],
    });
    server.send({ method: 'initialized', params: {} });
  });
  afterAll(() => {
    server.child.kill();
    rmSync(folder, { recursive: true });
  });
  const uriOf = (name: string): string => pathToFileURL(join(folder, name)).href;
  const textOf = (kind: string, text: string): string =>
    `# yaml-language-server: $schema=${uriOf(`.tsrun/schemas/${kind}.json`)}\n${text}`;

  it('draws a red line under a typo, and none under what is right', async () => {
    const right = '- hosts: all\n  tasks:\n    - name: x\n      copy: { dest: /x, content: y }\n';
    expect(await server.open(uriOf('right.yaml'), textOf('playbook', right))).toEqual([]);
    const wrong = await server.open(uriOf('wrong.yaml'), textOf('playbook', right.replace('content', 'contnt')));
    expect(wrong).toEqual([expect.objectContaining({ message: expect.stringContaining('contnt') as string })]);
    expect(wrong[0]?.range.start).toEqual({ line: 4, character: 24 });
  });

  it('completes an argument of a module and says what it is', async () => {
    const text = textOf('tasks', '- name: x\n  sysctl:\n    name: vm.swappiness\n    sys\n');
    await server.open(uriOf('begun.yaml'), text);
    const position = { line: 4, character: 7 };
    const { items } = (await server.ask('textDocument/completion', { textDocument: { uri: uriOf('begun.yaml') }, position })) as {
      readonly items: readonly { readonly label: string; readonly documentation?: unknown }[];
    };
    expect(items.map(one => one.label)).toEqual(expect.arrayContaining(['sysctl_set', 'sysctl_file']));
    expect(JSON.stringify(items.find(one => one.label === 'sysctl_file')?.documentation)).toMatch(/file/);
  });
});
