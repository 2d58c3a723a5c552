import { describe, expect, test } from 'vitest';
import type { Host, Layer } from '../../runner/core/site.ts';
import { explainVariable, hostVariables, inventoryGraph, inventoryList } from '../../runner/language/explain.ts';
import { extraLayer } from '../../runner/language/extra-vars.ts';
import { loadInventory } from '../../runner/language/inventory.ts';
import { scratch } from '../support/scratch.ts';

const files = {
  'hosts.yaml': `
all:
  vars: { port: 1 }
  hosts: { lone: }
  children:
    web:
      hosts: { web2: , web1: { name: "{{ 'x' + inventory_hostname }}", key: !secret web/key } }
      vars: { port: 2 }
      children: { canary: { hosts: { web2: } } }
    empty:
`,
  'group_vars/web.yaml': 'port: 3\nmotd: "two\\nlines"\n',
  'group_vars/canary.yaml': 'port: 4\n',
};

async function load() {
  const cwd = scratch(files);
  const { inventory, faults } = await loadInventory({ sources: ['hosts.yaml'], cwd, playbookDirs: [], env: {} });
  expect(faults).toEqual([]);
  return inventory;
}
const hostOf = async (name: string): Promise<Host> => (await load()).hosts.get(name) as Host;

describe('the graph', () => {
  test('shows groups, then hosts, by name', async () => {
    expect(inventoryGraph(await load()).lines).toEqual([
      '@all:',
      '  |--@empty:',
      '  |--@ungrouped:',
      '  |  |--lone',
      '  |--@web:',
      '  |  |--@canary:',
      '  |  |  |--web2',
      '  |  |--web1',
      '  |  |--web2',
    ]);
  });

  test('can begin at a group and show variables', async () => {
    expect(inventoryGraph(await load(), { group: 'canary', vars: true }).lines).toEqual([
      '@canary:',
      '  |--web2',
      '  |  |--{motd = "two\\nlines"}',
      '  |  |--{port = 4}',
    ]);
  });

  test('of an unknown group is a fault', async () => {
    expect(inventoryGraph(await load(), { group: 'webb' })).toEqual({
      lines: [],
      faults: [expect.objectContaining({ code: 'E411', mend: 'write "web"' })],
    });
  });
});

test('the list is the JSON of an inventory script, and reads as the same inventory', async () => {
  const inventory = await load();
  const list = inventoryList(inventory);
  expect(list).toEqual({
    _meta: {
      hostvars: {
        lone: { port: 1 },
        web1: { port: 3, motd: 'two\nlines', name: "{{ 'x' + inventory_hostname }}", key: '******' },
        web2: { port: 4, motd: 'two\nlines' },
      },
    },
    all: { children: ['ungrouped', 'web', 'empty'] },
    ungrouped: { hosts: ['lone'] },
    web: { children: ['canary'], hosts: ['web2', 'web1'] },
    canary: { hosts: ['web2'] },
  });
  const cwd = scratch({ inv: `#!/bin/sh\ncat <<'EOF'\n${JSON.stringify(list)}\nEOF\n` });
  const again = await loadInventory({ sources: ['inv'], cwd, playbookDirs: [], env: process.env });
  expect(Object.fromEntries(again.inventory.groups)).toEqual(Object.fromEntries(inventory.groups));
  expect(hostVariables(again.inventory.hosts.get('web2') as Host)).toEqual(list._meta && { port: 4, motd: 'two\nlines' });
});

describe('why a variable has its value', () => {
  test('names every candidate with its place, the winner first', async () => {
    const host = await hostOf('web2');
    const play: Layer = { level: 12, from: 'play vars', vars: new Map() };
    const { layer: extra } = extraLayer(['port=9']);
    const found = explainVariable(host, 'port', [play, extra]);
    expect(found.candidates.map(({ level, value, at, wins }) => [level, value, `${at.file}:${at.line}:${at.col}`, wins])).toEqual(
      [
        [22, '9', '-e:1:1', true],
        [6, 4, 'group_vars/canary.yaml:1:7', false],
        [6, 3, 'group_vars/web.yaml:1:7', false],
        [3, 2, 'hosts.yaml:8:21', false],
        [2, 1, 'hosts.yaml:3:17', false],
      ],
    );
    expect(found.why).toBe('extra vars (-e) (22) wins over group_vars beside the inventory (6)');
    expect(found.lines).toHaveLength(7);
    expect(found.lines[1]).toMatch(/^\* 22 {2}extra vars \(-e\) +-e:1:1 +9$/);
  });

  test('says that the deeper group wins', async () => {
    expect(explainVariable(await hostOf('web2'), 'port').why).toContain('deeper');
  });

  test('knows of what only a run can tell', async () => {
    const later = [{ level: 19, from: 'register in "Ask"', at: { file: 'site.yaml', line: 4, col: 7 } }];
    const { candidates, lines } = explainVariable(await hostOf('lone'), 'port', [], later);
    expect(candidates.map(one => [one.level, one.wins])).toEqual([
      [19, true],
      [2, false],
    ]);
    expect(lines[1]).toContain('(known in the run)');
  });

  test('one that nothing defines is a fault', async () => {
    const { faults, lines } = explainVariable(await hostOf('web1'), 'prt');
    expect([faults[0]?.code, faults[0]?.mend, lines]).toEqual(['E350', 'did you mean "port"?', []]);
  });
});
