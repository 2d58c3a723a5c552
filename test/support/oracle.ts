// Runs one playbook through ansible-playbook, the oracle, and through tsrun, and gives what both told in one form. It compares nothing.
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

export interface Told {
  readonly host: string;
  readonly task: string;
  readonly module: string;
  readonly status: string;
  readonly ignored: boolean;
  readonly handler: boolean;
  /** Of one item of a loop; the sum of the loop comes behind it. */
  readonly item: boolean;
  readonly result: Readonly<Record<string, unknown>>;
}

export interface Ran {
  readonly code: number;
  readonly told: readonly Told[];
  readonly recap: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Mistakes that were found before the run: place and sentence. Of tsrun alone. */
  readonly findings: readonly { readonly line: number; readonly text: string }[];
  /** What else came out, for a person who looks at a failure. */
  readonly noise: string;
}

export interface Order {
  readonly cwd: string;
  readonly playbook: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

type Line = Record<string, unknown>;

/** The same umask for both: new files have their mode from it. */
function start(
  order: Order,
  command: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<[number, string, string]> {
  return new Promise((done, fail) => {
    const child = spawn('sh', ['-c', 'umask 022; exec "$@"', 'sh', ...command, order.playbook, ...order.args], {
      cwd: order.cwd,
      env: { ...process.env, LC_ALL: 'C.UTF-8', ...env, ...order.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (part: Buffer) => out.push(part));
    child.stderr.on('data', (part: Buffer) => err.push(part));
    child.on('error', fail).on('close', code => done([code ?? 1, String(Buffer.concat(out)), String(Buffer.concat(err))]));
  });
}

function read(text: string): { lines: Line[]; noise: string } {
  const lines: Line[] = [];
  const noise: string[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('{')) lines.push(JSON.parse(line) as Line);
    else noise.push(line);
  }
  return { lines, noise: noise.join('\n') };
}

export async function runAnsible(order: Order): Promise<Ran> {
  const [code, out, err] = await start(order, ['ansible-playbook'], {
    ANSIBLE_CONFIG: join(import.meta.dirname, 'oracle.cfg'),
  });
  const { lines, noise } = read(out);
  const told = lines.filter(line => line['event'] === 'result') as unknown as Told[];
  const recap = lines.find(line => line['event'] === 'recap')?.['hosts'] ?? {};
  return { code, told, recap: recap as Ran['recap'], findings: [], noise: `${noise}\n${err}`.trim() };
}

export async function runTsrun(order: Order): Promise<Ran> {
  const tsx = join(root, 'node_modules/tsx/dist/esm/index.mjs');
  const program = [process.execPath, '--import', tsx, join(root, 'runner/main.ts'), 'run'];
  const [code, out, err] = await start({ ...order, args: [...order.args, '--output', 'ndjson'] }, program, {});
  const { lines, noise } = read(out);
  const findings = lines.filter(line => line['event'] === 'finding' && line['severity'] === 'error');
  const recap = lines.find(line => line['event'] === 'recap')?.['hosts'] ?? {};
  return {
    code,
    told: lines.flatMap(line => toldOf(line)),
    recap: recap as Ran['recap'],
    findings: findings.map(line => ({
      line: Number(String(line['path']).split(':').at(-2)),
      text: `${String(line['code'])} ${String(line['what'])}: ${String(line['why'])}`,
    })),
    noise: `${noise}\n${err}`.trim(),
  };
}

function toldOf(line: Line): Told[] {
  const { event } = line;
  const common = {
    host: String(line['host']),
    task: String(line['task']),
    module: String(line['module']),
    ignored: line['ignored'] === true,
  };
  if (event === 'host_unreachable') return [{ ...common, status: 'unreachable', handler: false, item: false, result: {} }];
  if (event !== 'task_result' && event !== 'handler_result') return [];
  return [
    {
      ...common,
      status: String(line['status']),
      handler: event === 'handler_result',
      item: line['itemLabel'] !== undefined,
      result: line['result'] as Told['result'],
    },
  ];
}
