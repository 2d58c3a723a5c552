// A folder of small files, text or not, travels with one batch: what it costs does not grow with the number of files.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { scene } from '../support/run-playbook.ts';

it.each([2, 40])('%i files cost as many round trips as two', async count => {
  const one = scene({
    'site.yaml': '- hosts: h1\n  gather_facts: false\n  tasks:\n    - copy: { src: web/, dest: SCRATCH/out/, mode: "0644" }\n',
  });
  try {
    mkdirSync(join(one.dir, 'files/web/sub'), { recursive: true });
    const bytes = (n: number): Buffer => Buffer.from([0, 255, 10, 39, n, 128]);
    for (let n = 0; n < count; n++) writeFileSync(join(one.dir, `files/web/sub/f ${n}`), n % 2 ? `text ${n}\n` : bytes(n));
    const first = await one.play();
    expect([first.code, first.recap['h1']?.changed, first.recap['h1']?.roundTrips]).toEqual([0, 1, 2]);
    for (let n = 0; n < count; n++)
      expect(readFileSync(join(one.dir, `out/sub/f ${n}`))).toEqual(n % 2 ? Buffer.from(`text ${n}\n`) : bytes(n));
    expect((await one.play()).recap['h1']).toMatchObject({ changed: 0, failed: 0 });
  } finally {
    one.end();
  }
});
