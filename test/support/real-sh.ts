// Plays one module against a real sh on this machine, as the engine would: probe, plan, apply, result. For tests alone.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync, chmodSync } from 'node:fs';
import { dirname } from 'node:path';
import type { AnyModule, Output, Plan, Question, Step, Vars } from '../../runner/core/types.ts';
import { checkSchema } from './schema.ts';

export const output = (stdout: string, code = 0, stderr = ''): Output => ({
  code,
  stdout: Buffer.from(stdout),
  stderr: Buffer.from(stderr),
  text: () => stdout,
});

export function ask(question: Question, shell: readonly string[] = ['sh'], env: NodeJS.ProcessEnv = process.env): Output {
  if (!('sh' in question)) throw new Error('only shell questions here');
  const [program = 'sh', ...more] = shell;
  const done = spawnSync(program, [...more, '-c', question.sh], { input: question.stdin ?? '', env });
  return { code: done.status ?? 128, stdout: done.stdout, stderr: done.stderr, text: () => done.stdout.toString() };
}

export interface Played {
  readonly plan: Plan;
  readonly state: unknown;
  readonly outputs: readonly Output[];
  readonly result: Vars;
  readonly failed?: string;
}

/** Args get the schema's defaults first, as bind does. */
export const args = (module: AnyModule, written: Vars): Vars => checkSchema(module.args, written);

export function planOf(module: AnyModule, written: Vars, answer: string, code = 0): Plan {
  const full = args(module, written);
  const { ask, parse } = module.probe(full);
  const end = 'sh' in ask && ask.sh.endsWith('echo @@') && code === 0 ? '@@\n' : '';
  return module.plan(full, parse(output(answer + end, code)));
}

export function play(
  module: AnyModule,
  written: Vars,
  options: { check?: boolean; shell?: readonly string[]; env?: NodeJS.ProcessEnv } = {},
): Played {
  const full = args(module, written);
  const probe = module.probe(full);
  const state = probe.parse(ask(probe.ask, options.shell, options.env));
  const plan = module.plan(full, state);
  if (options.check || plan.refuse)
    return { plan, state, outputs: [], result: plan.result, ...(plan.refuse ? { failed: plan.refuse.why } : {}) };
  const outputs: Output[] = [];
  for (const action of [...plan.changes.map(change => change.action), ...(plan.acts ?? [])]) {
    for (const step of module.apply(JSON.parse(JSON.stringify(action)))) {
      const done = doStep(step, options);
      outputs.push(done);
      const accept = 'run' in step ? (step.accept ?? [0]) : [0];
      if (!accept.includes(done.code))
        return { plan, state, outputs, result: plan.result, failed: done.stderr.toString() + done.text() };
    }
  }
  const result = { ...plan.result, ...module.result?.(full, state, outputs) };
  return { plan, state, outputs, result };
}

function doStep(step: Step, options: { shell?: readonly string[]; env?: NodeJS.ProcessEnv }): Output {
  if ('run' in step) return ask(step.run, options.shell, options.env);
  if ('until' in step) return ask({ sh: step.until }, options.shell, options.env);
  if (!('put' in step)) return output('', 0);
  if (typeof step.content !== 'string' && !(step.content instanceof Uint8Array)) throw new TypeError('no blobs here');
  if (!existsSync(dirname(step.put))) mkdirSync(dirname(step.put), { recursive: true });
  const mode = step.mode ?? (existsSync(step.put) ? statSync(step.put).mode & 0o7777 : 0o644);
  writeFileSync(`${step.put}.new`, step.content);
  chmodSync(`${step.put}.new`, mode);
  renameSync(`${step.put}.new`, step.put);
  return output('');
}

export const read = (path: string): string => readFileSync(path, 'utf8');

/** A section of a canned answer, as `section` of the probes prints it. */
export function at(name: string, text: string): string {
  const rows = text === '' ? [] : text.replace(/\n$/, '').split('\n');
  return `@${name}\n${rows.map(row => `\t${row}`).join('\n')}${text.endsWith('\n') ? '\n' : ''}\n`;
}
