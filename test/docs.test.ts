import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isError } from '../runner/core/fault.ts';
import { compileExpression, run } from '../runner/language/expression.ts';
import { load } from '../runner/language/load.ts';
import { levels } from '../runner/language/precedence.ts';
import { moduleNames, openModules } from '../runner/modules/index.ts';
import { scratch } from './support/scratch.ts';

const page = (name: string): string => readFileSync(join(import.meta.dirname, '../docs', name), 'utf8');
const language = page('language.md');

/** The blocks that say which file they are. */
function filesOf(text: string): Readonly<Record<string, string>> {
  const blocks = text.matchAll(/```\w+\n# file: (\S+)\n([\s\S]*?)```/g);
  return Object.fromEntries(Array.from(blocks, ([, name, content]) => [name as string, content as string]));
}

/** The cells of the rows of a table whose header begins so. */
function tableOf(text: string, header: string): readonly (readonly string[])[] {
  const lines = text.split('\n');
  const start = lines.findIndex(line => line.startsWith(`| ${header} |`));
  const end = lines.findIndex((line, i) => i > start && !line.startsWith('|'));
  return lines.slice(start + 2, end).map(line =>
    line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map(cell => cell.trim().replaceAll('\\|', '|')),
  );
}

const codeOf = (cell: string): readonly string[] => Array.from(cell.matchAll(/`([^`]+)`/g), ([, code]) => code as string);
const span = { file: 'docs', line: 1, col: 1 };

async function findings(text: string, playbooks: readonly string[], more: Readonly<Record<string, string>> = {}) {
  const cwd = scratch({ ...filesOf(text), ...more });
  const { findings: found } = await load({
    playbooks,
    inventories: ['inventory/hosts.yaml'],
    limit: null,
    tags: [],
    skipTags: [],
    extra: [],
    rolesPath: [],
    startAtTask: null,
    vault: [],
    cwd,
    env: {},
    modules: { names: moduleNames, open: openModules },
  });
  return found.filter(isError).map(({ code, what, at }) => `${code} ${what} ${at?.file}:${at?.line}`);
}

describe('the pages', () => {
  test('have playbooks, a role, a template and an inventory that load without a fault', async () => {
    expect(await findings(language, ['site.yaml', 'values.yaml', 'conditions.yaml'])).toEqual([]);
  });

  test('have a playbook with a barrier that loads without a fault', async () => {
    const inventory = { 'inventory/hosts.yaml': filesOf(language)['inventory/hosts.yaml'] as string };
    expect(await findings(page('differs-from-ansible.md'), ['barrier.yaml'], inventory)).toEqual([]);
  });

  test('show CEL that is CEL beside Jinja that is not', () => {
    const rows = tableOf(language, 'Jinja');
    expect(rows.length).toBeGreaterThan(10);
    for (const cel of rows.flatMap(row => codeOf(row[1] as string))) {
      expect([cel, compileExpression(cel, span).faults]).toEqual([cel, []]);
    }
  });

  test.each(tableOf(language, 'expression').map(([left = '', right = '']) => [codeOf(left)[0] ?? '', codeOf(right)[0] ?? '']))(
    'say truly that %s gives %s',
    (cel, json) => {
      const { expression, faults } = compileExpression(cel, span);
      expect(faults).toEqual([]);
      const lookup = { names: () => [], get: () => undefined, world: {} };
      expect(run(expression as never, lookup as never)).toEqual(JSON.parse(json));
    },
  );

  test('list the levels of precedence that explain knows', () => {
    const rows = tableOf(language, 'level').map(([level, where]) => [level, where]);
    expect(Object.fromEntries(rows)).toEqual(levels);
  });
});

describe('SECURITY.md', () => {
  const text = readFileSync(join(import.meta.dirname, '../SECURITY.md'), 'utf8');
  const rows: (readonly [file: string, name: string])[] = [];
  for (const [, , cell = ''] of tableOf(text, 'threat')) {
    // A part without a file is of the file before it; a semicolon in a test's name parts nothing.
    for (const part of cell.split(/;(?=[^"]*(?:"[^"]*"[^"]*)*$)/))
      rows.push([/test\/\S+/.exec(part)?.[0] ?? rows.at(-1)?.[0] ?? '', /"(.*)"/.exec(part)?.[1] ?? '']);
  }
  test.each(rows)('%s has "%s"', (file, name) => {
    expect(name).not.toBe('');
    expect(readFileSync(join(import.meta.dirname, '..', file), 'utf8')).toContain(name);
  });
});
