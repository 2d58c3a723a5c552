// Whether the host answers and its shell works. It changes nothing.
import { sh } from '../core/shell.ts';
import type { Module } from '../core/types.ts';
import { gives, takes, text } from './parts/kinds.ts';

export const module: Module<{ readonly data: string }, string, never> = {
  summary: 'See whether the host answers.',
  collection: 'ansible.builtin',
  args: takes({ data: text('What it answers; "crash" fails.', { default: 'pong' }) }),
  returns: gives({ ping: { type: 'string' } }),
  examples: [{ title: 'Ask', yaml: 'ping: {}' }],
  probe: ({ data }) => ({
    ask: { sh: sh`printf %s ${data}` },
    reads: ['host:shell'],
    parse: out => {
      if (data === 'crash') throw new Error('boom');
      if (out.text() !== data)
        throw new Error(`the shell of the host answers ${JSON.stringify(out.text())}, not ${JSON.stringify(data)}`);
      return out.text();
    },
  }),
  plan: (_args, ping) => ({ changes: [], result: { ping } }),
  apply: () => [],
};
