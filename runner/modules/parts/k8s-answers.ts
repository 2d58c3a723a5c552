// The answers of a connection to a cluster, and what a module makes of those that refuse. Pure.
import type { ApiAnswer, ApiRequest, Output, Plan, Question } from '../../core/types.ts';

export const question = (...api: readonly ApiRequest[]): Question => ({ api });
export const read = (verb: ApiRequest['verb'], object: object, options: ApiRequest['options'] = {}): ApiRequest => ({
  verb,
  dryRun: false,
  object,
  options,
});

/** In the order of the requests; empty where none was asked. */
export function answersOf(out: Output | undefined): readonly ApiAnswer[] {
  const text = out?.text() ?? '';
  if (text === '') throw new Error('the cluster gave no answer');
  return JSON.parse(text) as readonly ApiAnswer[];
}

/** Outputs of steps that were not done have no answers. */
export const bodiesOf = (outputs: readonly Output[]): readonly unknown[] =>
  outputs.flatMap(out => (out.text() === '' ? [] : (JSON.parse(out.text()) as readonly ApiAnswer[]))).map(answer => answer.body);

type Problem = NonNullable<ApiAnswer['fault']>;

/** All problems in one refusal, each once. */
export function refusalOf(problems: readonly Problem[]): Plan['refuse'] {
  const [first] = problems;
  if (!first) return undefined;
  const whys = [...new Set(problems.map(problem => problem.why))];
  const mends = [...new Set(problems.map(problem => problem.mend))];
  return { why: whys.join('\n'), mend: mends.join('; '), code: first.code };
}
