// Mistakes to plant into a site: every place of each kind, found in the text of its files. It runs nothing.
import { isMap, isScalar, isSeq, type Node, type Pair, parseDocument, type Scalar, type YAMLMap } from 'yaml';
import { functionNames } from '../../runner/language/functions/index.ts';

export interface Mutation {
  readonly kind: string;
  readonly file: string;
  readonly offset: number;
  readonly length: number;
  readonly text: string;
}

/** What the test knows of modules: whether a name is one, and whether an argument of it could be a map. */
export interface Known {
  isModule(name: string): boolean;
  takesMap(module: string, argument: string): boolean;
}

const functions: ReadonlySet<string> = new Set(functionNames());
const conditions: ReadonlySet<string> = new Set(['when', 'changed_when', 'failed_when', 'until', 'that']);
/** Keywords whose value can never be a map. */
const plainWords: ReadonlySet<string> = new Set([
  'name',
  'register',
  'become',
  'retries',
  'delay',
  'run_once',
  'tags',
  'notify',
  'when',
  'serial',
  'order',
  'hosts',
]);
/** Their arguments are names of one's own, or take anything. */
const freeWords: ReadonlySet<string> = new Set(['set_fact', 'debug', 'assert', 'fail', 'meta']);
const files: ReadonlySet<string> = new Set(['src', 'template', 'import_tasks', 'include_tasks', 'import_playbook']);

type KeyedPair = Pair<Scalar<string>, Node | null>;
const isKeyed = (pair: Pair): pair is KeyedPair => isScalar(pair.key) && typeof pair.key.value === 'string';
const pairsOf = (map: YAMLMap): readonly KeyedPair[] => map.items.filter(isKeyed);
const keyOf = (pair: KeyedPair): string => pair.key.value;

export function mutationsOf(file: string, text: string, known: Known): readonly Mutation[] {
  if (file.endsWith('.hbs')) return templateNames(file, text);
  const found: Mutation[] = [];
  const add = (kind: string, [offset, end]: readonly [number, number], replacement: string): void =>
    void found.push({ kind, file, offset, length: end - offset, text: replacement });
  const span = (node: Node): readonly [number, number] => [node.range?.[0] ?? 0, node.range?.[1] ?? 0];
  const misspell = (kind: string, node: Scalar, word = String(node.value)): void =>
    add(kind, span(node), misspelt(text.slice(...span(node)), word));
  const names = (node: Scalar, isCondition: boolean): void => {
    const [from, to] = span(node);
    for (const at of variablesIn(text.slice(from, to), isCondition)) add('variable', [from + at, from + at], 'z');
  };
  const duplicate = (map: YAMLMap, pair: KeyedPair): void => {
    const [from, keyEnd] = span(pair.key);
    const end = pair.value?.range ? Math.max(keyEnd, text.slice(0, pair.value.range[1]).trimEnd().length) : keyEnd;
    if (map.flow) return add('duplicate key', [end, end], `, ${keyOf(pair)}: 1`);
    const lead = text.slice(text.lastIndexOf('\n', from - 1) + 1, from).replaceAll('-', ' ');
    const line = text.indexOf('\n', end);
    add('duplicate key', [line, line], `\n${lead}${keyOf(pair)}: 1`);
  };
  const value = (node: Node | null, isCondition: boolean): void => {
    if (isScalar(node) && typeof node.value === 'string') names(node, isCondition);
    else if (isMap(node)) walkMap(node, () => undefined);
    else if (isSeq(node)) for (const item of node.items) value(item as Node, isCondition);
  };
  const walkMap = (map: YAMLMap, each: (pair: KeyedPair) => void): void => {
    for (const pair of pairsOf(map)) {
      duplicate(map, pair);
      each(pair);
      value(pair.value, conditions.has(keyOf(pair)));
    }
  };
  const argument = (module: string, pair: KeyedPair): void => {
    if (freeWords.has(module)) return;
    misspell('argument', pair.key);
    const node = pair.value;
    if (!isScalar(node)) return;
    if (files.has(keyOf(pair)) && String(node.value).includes('.hbs')) misspell('file', node);
    if (!known.takesMap(module, keyOf(pair))) add('wrong type', span(node), '{ a: 1 }');
  };
  const place = (map: YAMLMap): void => {
    for (const pair of pairsOf(map)) {
      const key = keyOf(pair);
      const node = pair.value;
      duplicate(map, pair);
      if (known.isModule(key)) {
        misspell('module', pair.key);
        if (files.has(key) && isScalar(node)) misspell('file', node);
        if (isMap(node)) walkMap(node, inner => argument(key, inner));
        else value(node, false);
        continue;
      }
      if (key === 'role' && isScalar(node)) misspell('role', node);
      const isInput = pairsOf(map).some(other => keyOf(other) === 'role') && key !== 'role';
      misspell(isInput ? 'role input' : 'keyword', pair.key);
      if (plainWords.has(key) && isScalar(node)) add('wrong type', span(node), '{ a: { b: 1 } }');
      if (key === 'notify' && isScalar(node)) misspell('handler', node);
      if (key === 'hosts' && isScalar(node)) add('host pattern', [span(node)[1], span(node)[1]], ':nohost');
      if (isSeq(node) && key !== 'tags') list(node.items as Node[], key);
      else value(node, conditions.has(key));
    }
  };
  const list = (items: readonly Node[], key: string): void => {
    for (const item of items) {
      if (isMap(item)) place(item);
      else if (key === 'roles' && isScalar(item)) misspell('role', item);
      else value(item, conditions.has(key));
    }
  };
  const root = parseDocument(text, { uniqueKeys: false }).contents;
  if (isSeq(root)) list(root.items, '');
  else if (isMap(root)) walkDeep(root, pair => duplicate(pair.map, pair.pair), value);
  return found;
}

/** Inventories and declarations of roles: names of one's own; keys can stand twice, expressions can name what is not there. */
function walkDeep(
  map: YAMLMap,
  each: (found: { readonly map: YAMLMap; readonly pair: KeyedPair }) => void,
  value: (node: Node | null, isCondition: boolean) => void,
): void {
  for (const pair of pairsOf(map)) {
    each({ map, pair });
    const inner = pair.value;
    if (isMap(inner)) walkDeep(inner, each, value);
    else if (isSeq(inner))
      for (const item of inner.items) {
        if (isMap(item)) walkDeep(item, each, value);
        else value(item as Node, false);
      }
    else value(inner, keyOf(pair) === 'that');
  }
}

const misspelt = (written: string, word: string): string => written.replace(word, `${word.slice(0, -1)}zz${word.slice(-1)}`);

/** Offsets behind which a name of a variable ends: in `{{ }}`, or in all of a condition. */
function variablesIn(text: string, isCondition: boolean): readonly number[] {
  const parts = isCondition && !text.includes('{{') ? [{ index: 0, 0: text }] : [...text.matchAll(/\{\{[\s\S]*?\}\}/g)];
  return parts.flatMap(part => identifiers(part[0]).map(at => part.index + at));
}

/** Names that no dot, quote or bracket makes something else, and that no macro brings, and that may not be missing. */
function identifiers(text: string): readonly number[] {
  // A condition may be quoted as a whole.
  const body = text.replace(/^(["'])([\s\S]*)\1$/, ' $2 ');
  const bare = body.replaceAll(/'(?:[^'\\]|\\.)*'|\bhas\([\w.]*\)/g, found => ' '.repeat(found.length));
  return [...bare.matchAll(/(?<![\w.?\]])[A-Za-z_]\w+(?!\w|\s*\(|\.\?|\[\?)/g)].flatMap(found =>
    /^(true|false|null|in)$/.test(found[0]) ? [] : [found.index + found[0].length],
  );
}

function templateNames(file: string, text: string): readonly Mutation[] {
  return [...text.matchAll(/\{\{\{?([\s\S]*?)\}?\}\}/g)].flatMap(found => {
    if (/^[/!]|^else/.test(found[1] ?? '')) return [];
    // Inside a loop names are fields of its items, which nothing declares.
    const before = text.slice(0, found.index);
    if (before.split('{{#each').length > before.split('{{/each').length) return [];
    const inner = (found[1] ?? '').replaceAll(/"[^"]*"|'[^']*'/g, quoted => ' '.repeat(quoted.length));
    const start = found.index + found[0].indexOf(found[1] ?? '');
    return [...inner.matchAll(/(?<![\w.@/#|])[A-Za-z_]\w*(?![\w=])/g)].flatMap(name =>
      /^(this|as|else|each|if|unless|with|true|false)$/.test(name[0]) || functions.has(name[0])
        ? []
        : [{ kind: 'template variable', file, offset: start + name.index + name[0].length, length: 0, text: 'z' }],
    );
  });
}

/** All planted into the files; with each, the line on which it then stands. */
export function planted(
  files: Readonly<Record<string, string>>,
  mutations: readonly Mutation[],
): { readonly files: Readonly<Record<string, string>>; readonly places: readonly string[] } {
  const changed: Record<string, string> = {};
  const places = mutations.map(one => {
    const text = files[one.file] ?? '';
    const before = mutations.filter(other => other.file === one.file && other.offset < one.offset);
    const more = before.reduce((sum, other) => sum + (other.text.split('\n').length - 1), 0);
    // A second key stands on the line after.
    const own = one.kind === 'duplicate key' ? one.text.split('\n').length - 1 : 0;
    return `${one.file}:${text.slice(0, one.offset).split('\n').length + more + own}`;
  });
  for (const one of [...mutations].sort((a, b) => b.offset - a.offset)) {
    const text = changed[one.file] ?? files[one.file] ?? '';
    changed[one.file] = text.slice(0, one.offset) + one.text + text.slice(one.offset + one.length);
  }
  return { files: changed, places };
}
