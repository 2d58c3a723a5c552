// vars_prompt: asked once for a play, before its first task. An answer that extra variables give already is not asked for.
import type { Play, Prompt } from '../core/site.ts';
import type { Vars } from '../core/types.ts';
import type { RunContext } from './context.ts';

export async function askPrompts(context: RunContext, play: Play): Promise<Vars> {
  const answers: Record<string, unknown> = {};
  for (const prompt of play.prompts) {
    if (context.site.extra.vars.has(prompt.name)) continue;
    answers[prompt.name] = await answer(context, play, prompt);
  }
  return answers;
}

/** Without a terminal, and for an empty answer, the default. */
async function answer(context: RunContext, play: Play, prompt: Prompt): Promise<unknown> {
  const said = await context.ask({ prompt: `${prompt.prompt}: `, hidden: prompt.private });
  if (said !== null && said !== '') return said;
  const [host] = play.hosts;
  if (!prompt.default || host === undefined) return '';
  const byDefault = context.binder.value(prompt.default, play, context.memory(host).know());
  return byDefault.is === 'known' ? byDefault.value : '';
}
