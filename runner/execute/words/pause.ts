// pause: waits, or asks the person at the terminal once for all hosts.
import { okay } from '../outcome.ts';
import type { Word } from './index.ts';

export const pause: Word = async (run, _task, args) => {
  const { clock, signal, ask } = run.context;
  const began = clock.now();
  const seconds = Number(args['seconds'] ?? 0) + 60 * Number(args['minutes'] ?? 0);
  const isTimed = args['seconds'] !== undefined || args['minutes'] !== undefined;
  const prompt = typeof args['prompt'] === 'string' ? args['prompt'] : 'Press enter to continue, Ctrl+C to interrupt';
  const input = isTimed ? '' : await ask({ prompt: `${prompt}: `, hidden: args['echo'] === false });
  if (isTimed) await clock.sleep(seconds * 1000, signal);
  return okay({ user_input: input ?? '', delta: Math.round((clock.now() - began) / 1000), echo: args['echo'] !== false });
};
