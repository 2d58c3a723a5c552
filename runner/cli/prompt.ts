// Questions at the terminal, with or without echo. It asks on stderr, so that stdout stays for the output.
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import type { Question } from '../core/request.ts';

export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream;
}

/** Ends with null where stdin is no terminal, or where the answer is Ctrl-C or Ctrl-D. */
export async function askAt({ input, output }: Terminal, { prompt, hidden }: Question): Promise<string | null> {
  if (!input.isTTY) return null;
  // readline echoes what is typed into its output; for a password it gets an output that swallows all.
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input, output: hidden ? silent : output, terminal: true, historySize: 0 });
  if (hidden) output.write(prompt);
  return new Promise(resolve => {
    const end = (answer: string | null): void => {
      if (hidden || answer === null) output.write('\n');
      resolve(answer);
      lines.close();
    };
    lines.on('SIGINT', () => end(null)).on('close', () => resolve(null));
    lines.question(hidden ? '' : prompt, end);
  });
}
