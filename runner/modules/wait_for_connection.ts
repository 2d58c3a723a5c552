// Waits until a new connection to the host can be made. It changes nothing.
import { sh } from '../core/shell.ts';
import type { Module, Step } from '../core/types.ts';
import { gives, takes, whole } from './parts/kinds.ts';

interface Args {
  readonly delay: number;
  readonly sleep: number;
  readonly timeout: number;
  readonly connect_timeout: number;
}

const now = sh`date +%s`;
const steps = ({ delay, timeout }: Args): readonly Step[] => [
  { run: { sh: delay > 0 ? sh`date +%s; sleep ${delay}` : now } },
  { reconnect: 'fresh', within: timeout },
  { run: { sh: now } },
];

export const module: Module<Args, null, Args> = {
  summary: 'Wait until the host can be reached by a new connection.',
  collection: 'ansible.builtin',
  args: takes({
    delay: whole('Seconds before the first try.', { default: 0, minimum: 0 }),
    sleep: whole('Seconds between tries.', { default: 1 }),
    timeout: whole('Seconds until it fails.', { default: 600 }),
    connect_timeout: whole('Seconds for one try; the connection has its own.', { default: 5 }),
  }),
  returns: gives({ elapsed: { type: 'integer', description: 'Seconds that it took.' } }),
  examples: [{ title: 'After a change of the network', yaml: 'wait_for_connection: { delay: 5, timeout: 120 }' }],
  differs: ['`sleep` and `connect_timeout` are not used: the connection has its own.'],
  probe: () => ({ ask: { sh: sh`:` }, reads: [], parse: () => null }),
  plan: args => ({ changes: [], acts: [args], result: { elapsed: 0 } }),
  apply: steps,
  result: (_args, _state, outputs) => {
    const [first, last] = [outputs[0], outputs.at(-1)].map(out => Number(out?.text() ?? 0));
    return outputs.length > 1 && first && last ? { elapsed: last - first } : {};
  },
  foresee: (_args, seen) => seen,
};
