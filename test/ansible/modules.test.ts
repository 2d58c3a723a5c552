// The same task on the same tree, by Ansible and by tsrun: end state, `changed`, failures and result fields are the same.
import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { moduleNames, openModules } from '../../runner/modules/index.ts';
import { type Case, families, local, moduleOf, type Outcome, playCases, tasksOf } from '../support/oracle-cases.ts';
import { compare } from '../support/oracle-compare.ts';
import { serve } from '../support/oracle-server.ts';

const modules = await openModules(moduleNames());
const isRoot = process.getuid?.() === 0;
const wanted = process.env['TSRUN_CASES'];

/** A module that is not there yet makes its cases skip, by name. */
const missing = (one: Case): string | undefined =>
  tasksOf(one)
    .map(moduleOf)
    .find(name => !modules.get(name));
const has = (program: string): boolean => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
const runs = (one: Case): boolean => missing(one) === undefined && (isRoot || !one.root) && (!one.needs || has(one.needs));

const all = families().filter(([family]) => !wanted || wanted.split(',').includes(family));
let outcomes: ReadonlyMap<Case, Outcome> = new Map();
beforeAll(async () => {
  const server = await serve();
  outcomes = await playCases(all.flatMap(([, cases]) => cases).filter(runs), local, { 'http://server': server.address });
  server.close();
}, 1_800_000);

describe.each(all)('%s', (_, cases) => {
  for (const one of cases) {
    const lacks = missing(one);
    it.skipIf(!runs(one))(lacks ? `${one.name} (there is no module "${lacks}" yet)` : one.name, () => {
      const outcome = outcomes.get(one);
      expect(outcome).toBeDefined();
      if (!outcome) return;
      const found = compare(outcome, module => modules.get(module));
      if (one.differs) expect(found, 'it no longer differs').not.toEqual([]);
      else expect(found, found.join('\n')).toEqual([]);
    });
  }
});
