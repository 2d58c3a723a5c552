// Makes lookups, layers, hosts and knowledge from plain YAML text, for tests of the language. Reads no file.
import { source } from '../../runner/core/source.ts';
import type { Expression, Frame, Host, Inventory, Knowledge, Layer, Value } from '../../runner/core/site.ts';
import type { Fault, Vars } from '../../runner/core/types.ts';
import { compileExpression, evaluate, type Lookup } from '../../runner/language/expression.ts';
import type { World } from '../../runner/language/functions/table.ts';
import type { YamlNode } from '../../runner/language/node.ts';
import { toConditions, toValue } from '../../runner/language/value.ts';
import { parseYaml } from '../../runner/language/yaml.ts';

export const span = { file: 'test.yaml', line: 1, col: 1 } as const;

export function nodeOf(yaml: string): YamlNode {
  const { documents, faults } = parseYaml(source('test.yaml', yaml));
  if (faults[0] || !documents[0]) throw new Error(`the test's YAML is wrong: ${faults[0]?.what}`);
  return documents[0];
}

/** The value of a YAML text; throws where it has faults. */
export function valueOf(yaml: string): Value {
  const faults: Fault[] = [];
  const value = toValue(nodeOf(yaml), faults);
  if (faults[0]) throw new Error(`${faults[0].code} ${faults[0].what}: ${faults[0].mend}`);
  return value;
}

export function varsOf(yaml: string): ReadonlyMap<string, Value> {
  const node = nodeOf(yaml);
  if (node.kind !== 'map') throw new Error('vars are a map');
  const faults: Fault[] = [];
  const vars = new Map(node.entries.map(({ key, value }) => [key, toValue(value, faults)]));
  if (faults[0]) throw new Error(`${faults[0].code} ${faults[0].what}: ${faults[0].mend}`);
  return vars;
}

export const layer = (level: number, yaml: string): Layer => ({ level, from: `level ${level}`, vars: varsOf(yaml) });

export function conditions(yaml: string): readonly Expression[] {
  const faults: Fault[] = [];
  const made = toConditions(nodeOf(yaml), faults);
  if (faults[0]) throw new Error(`${faults[0].code} ${faults[0].what}: ${faults[0].mend}`);
  return made;
}

export const frame: Frame = { playbookDir: '/site/playbooks', role: null, roleDir: null, fileDir: '/site/playbooks' };

export const host = (name: string, layers: readonly Layer[] = [], groups: readonly string[] = []): Host => ({
  name,
  layers,
  groups,
});

export function inventory(hosts: readonly Host[]): Inventory {
  const groups = new Map<string, string[]>([['all', hosts.map(one => one.name)]]);
  for (const one of hosts) for (const group of one.groups) groups.set(group, [...(groups.get(group) ?? []), one.name]);
  return { hosts: new Map(hosts.map(one => [one.name, one])), groups, sources: ['/site/inventory/lab.yaml'] };
}

let revision = 0;
export const knowing = (of: Host, learned: Partial<Knowledge> = {}): Knowledge => ({
  host: of,
  facts: undefined,
  assigned: new Map(),
  included: new Map(),
  unknown: new Map(),
  local: {},
  magic: {},
  revision: ++revision,
  ...learned,
});

export const world: World = {
  readFile: path => `text of ${path}\n`,
  firstFound: paths => paths.find(path => path.endsWith('b')),
  glob: pattern => [pattern.replace('*', 'a'), pattern.replace('*', 'b')],
  env: name => ({ HOME: '/root' })[name],
  group: name => (name === 'web' ? ['h1', 'h2'] : []),
  password: path => `password of ${path}`,
  now: () => 86_400_000,
  home: () => '/root',
};

export const lookup = (vars: Vars): Lookup => ({
  get: name => (Object.hasOwn(vars, name) ? vars[name] : name === 'vars' ? vars : undefined),
  names: () => Object.keys(vars),
  world,
});

/** The value of a CEL text, or the codes of its faults: "E350@5" is at column 5. */
export function cel(text: string, vars: Vars = {}): unknown {
  const { expression, faults } = compileExpression(text, span);
  if (!expression) return codes(faults);
  const found = evaluate(expression, lookup(vars));
  return found.is === 'known' ? found.value : found.is === 'fault' ? codes(found.faults) : `unknown: ${found.name}`;
}

export const codes = (faults: readonly Fault[]): string =>
  faults.map(found => `${found.code}@${found.at?.line === 1 ? '' : `${found.at?.line}:`}${found.at?.col}`).join(' ');
