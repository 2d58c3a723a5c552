// What a start of tsrun costs before any host is asked: --help, --syntax-check of the site, and the time to the first byte on the wire.
import { join } from 'node:path';
import { runOnce } from './process.mjs';

const root = join(import.meta.dirname, '..');
const main = join(root, 'dist/main.js');

export async function measureStart(session, keep) {
  const { site, runs, signal } = session;
  const options = { folder: site.folder, control: site.at('control'), cap: session.cap, signal };
  const relay = await session.relay(0);
  const scene = await site.scene(1, 20, relay.port);
  const timed = async args => {
    const done = await runOnce({ program: process.execPath, args }, options);
    signal.throwIfAborted();
    if (done.code !== 0) throw new Error(`tsrun ${args.slice(1).join(' ')} ended with ${done.code}\n${done.err}${done.out}`);
    return done;
  };
  const kinds = {
    help: async () => timed([main, '--help']),
    'syntax-check': async () =>
      timed([main, join(root, 'playbooks/site.yaml'), '-i', join(root, 'inventory/prod.yaml'), '--syntax-check']),
    'first byte': async () => {
      await relay.reset();
      const done = await timed([
        main,
        join(scene.workload, 'playbook.yaml'),
        '-i',
        scene.inventory,
        '--check',
        '--output',
        'ndjson',
      ]);
      return { ...done, wall: ((await relay.counts()).first - done.began) / 1000 };
    },
  };
  await site.reset(1, 20);
  for (const [state, once] of Object.entries(kinds)) {
    await once();
    const sample = [];
    while (sample.length < runs) sample.push(await once());
    const sorted = sample.map(({ wall }) => wall).sort((a, b) => a - b);
    const [wall, least, most] = [sorted[sorted.length >> 1], sorted[0], sorted.at(-1)].map(value => Number(value.toFixed(3)));
    keep({ peer: 'tsrun', title: 'tsrun', hosts: 1, tasks: 20, delay: 0, state, n: sample.length, wall, least, most });
  }
}
