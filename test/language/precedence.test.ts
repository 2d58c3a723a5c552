import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isError } from '../../runner/core/fault.ts';
import type { LoadRequest } from '../../runner/core/request.ts';
import type { Host, Knowledge, Task, TreeNode, Value } from '../../runner/core/site.ts';
import type { Vars } from '../../runner/core/types.ts';
import { createBinder } from '../../runner/language/bind.ts';
import { load } from '../../runner/language/load.ts';
import { levels } from '../../runner/language/precedence.ts';
import { moduleNames, openModules } from '../../runner/modules/index.ts';
import { scratch } from '../support/scratch.ts';

// A fact is read as ansible_v, so that is the name that every level sets.
const name = 'ansible_v';
const span = { file: 'test', line: 1, col: 1 };

/** A site in which each of these levels sets the variable to its number. */
function siteOf(set: ReadonlySet<number>): Readonly<Record<string, string>> {
  const at = (level: number, before = '', after = '\n'): string => (set.has(level) ? `${before}${name}: ${level}${after}` : '');
  return {
    'inv/hosts.yaml': `all:\n  vars: { ${at(2, '', '')} }\nweb:\n  vars: { ${at(3, '', '')} }\n  hosts: { h1: { ${at(8, '', '')} } }\n`,
    'inv/group_vars/all.yaml': at(4),
    'play/group_vars/all.yaml': at(5),
    'inv/group_vars/web.yaml': at(6),
    'play/group_vars/web.yaml': at(7),
    'inv/host_vars/h1.yaml': at(9),
    'play/host_vars/h1.yaml': at(10),
    'play/vars.yaml': at(14),
    'play/site.yaml': `
- hosts: web
  gather_facts: true
  vars: { ${at(12, '', '')} }
  vars_files: [vars.yaml]
  roles:
    - role: r
      ${at(20)}
`,
    'play/roles/r/defaults/main.yaml': at(1),
    'play/roles/r/vars/main.yaml': at(15),
    'play/roles/r/tasks/main.yaml': `- include_tasks: inner.yaml\n  vars: { ${at(21, '', '')} }\n`,
    'play/roles/r/tasks/inner.yaml': `
- vars: { ${at(16, '', '')} }
  block:
    - debug: { msg: "{{ ${name} }}" }
      vars: { ${at(17, '', '')} }
`,
  };
}

/** What only a run knows: facts, include_vars, set_fact. */
function knowledgeOf(host: Host, set: ReadonlySet<number>): Knowledge {
  const included = new Map<string, Value>(set.has(18) ? [[name, { is: 'plain', value: 18, span }]] : []);
  return {
    host,
    facts: set.has(11) ? { v: 11 } : {},
    assigned: new Map(set.has(19) ? [[name, 19]] : []),
    included,
    unknown: new Map(),
    local: {},
    magic: {},
    revision: 0,
  };
}

const firstTask = (nodes: readonly TreeNode[] = []): Task => {
  const [node] = nodes;
  if (!node) throw new Error('there is no task');
  return node.kind === 'task' ? node : firstTask(node.body);
};

async function bound(cwd: string, given: Partial<LoadRequest>) {
  const { site, findings, expand } = await load({
    playbooks: [],
    inventories: [],
    limit: null,
    tags: [],
    skipTags: [],
    extra: [],
    rolesPath: [],
    startAtTask: null,
    vault: [],
    cwd,
    env: {},
    ...given,
    modules: { names: moduleNames, open: openModules },
  });
  expect(findings.filter(isError)).toEqual([]);
  const binder = createBinder({ site, others: () => undefined, cwd, env: {}, now: () => 0, check: false, include: expand });
  return { site, binder };
}

/** The value that a task in an included file of the role reads on the host. */
async function valueWith(set: ReadonlySet<number>): Promise<unknown> {
  const extra = set.has(22) ? [`{"${name}": 22}`] : [];
  const { site, binder } = await bound(scratch(siteOf(set)), {
    playbooks: ['play/site.yaml'],
    inventories: ['inv/hosts.yaml'],
    extra,
  });
  const on = knowledgeOf(site.inventory.hosts.get('h1') as Host, set);
  const brought = binder.include(
    firstTask(site.plays[0]?.sections.flatMap(section => section.nodes)),
    { file: 'inner.yaml' },
    on,
  );
  const task = firstTask(brought.is === 'known' ? brought.value.nodes : []);
  // The answer to a prompt: a layer that the run puts between the play's own.
  const prompt = {
    level: 13,
    from: levels[13] as string,
    vars: new Map<string, Value>([[name, { is: 'plain', value: 13, span }]]),
  };
  const asked = set.has(13) ? { ...task, layers: [...task.layers, prompt] } : task;
  const found = binder.wordArgs(asked, on);
  return found.is === 'known' ? found.value.msg : found;
}

const all = Object.keys(levels).map(Number);

describe('each level wins over all below it', () => {
  test.each(all.map(level => [level, levels[level]] as const))('%i %s', async level => {
    expect(await valueWith(new Set(all.filter(other => other <= level)))).toBe(level);
  });
});

test('inventory_dir is the folder of the inventory that named the host', async () => {
  const cwd = scratch({
    'a/hosts': 'h1\n',
    'b/hosts/x': 'h2\n',
    'site.yaml': '- hosts: all:localhost\n  tasks: [{ debug: { msg: "{{ inventory_dir }}" } }]\n',
  });
  const { site, binder } = await bound(cwd, { playbooks: ['site.yaml'], inventories: ['a/hosts', 'b/hosts'] });
  const task = firstTask(site.plays[0]?.sections.flatMap(section => section.nodes));
  const found = ['h1', 'h2', 'localhost'].map(host => {
    const { value } = binder.wordArgs(task, knowledgeOf(site.inventory.hosts.get(host) as Host, new Set())) as { value: Vars };
    return value.msg;
  });
  expect(found).toEqual([join(cwd, 'a'), join(cwd, 'b/hosts'), join(cwd, 'a')]);
});

test('each level wins over role defaults where nothing stands between', async () => {
  const found = await Promise.all(all.filter(level => level > 1).map(level => valueWith(new Set([1, level]))));
  expect(found).toEqual(all.filter(level => level > 1));
});
