// The command line as a whole in a test: words in, what it said and its exit code out. The clock stands still.
import { tsrun } from '../../runner/cli.ts';
import type { World } from '../../runner/cli/world.ts';

export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export async function commandLine(argv: readonly string[], more: Partial<World> = {}): Promise<Said> {
  const said = { out: '', err: '' };
  const stream = (key: keyof typeof said) => ({
    write: (text: string) => void (said[key] += text),
    isTerminal: false,
    columns: 80,
  });
  const world: World = {
    argv,
    env: {},
    cwd: '/',
    out: stream('out'),
    err: stream('err'),
    clock: { now: () => 0, sleep: async () => {} },
    signal: new AbortController().signal,
    ask: async () => null,
    ...more,
  };
  return { code: await tsrun(world), ...said };
}
