// The parser's nodes -> ours: duplicate keys, tags, aliases, merge keys and YAML's well-known traps. Pure.
import { type Alias, isAlias, isMap, isScalar, isSeq, type Pair, type ParsedNode, type Scalar, type YAMLMap } from 'yaml';
import { fault } from '../core/fault.ts';
import { lineText, type Source, showSpan, spanAt } from '../core/source.ts';
import type { Fault, Span } from '../core/types.ts';
import type { MapEntry, ScalarNode, YamlNode } from './node.ts';

/** A node with what its aliases cost: all nodes in it, and its levels. */
interface Made {
  readonly node: YamlNode;
  readonly weight: number;
  readonly height: number;
}

interface Work {
  readonly from: Source;
  readonly faults: Fault[];
  readonly anchors: Map<string, Made>;
  total: number;
}

const limits = { total: 1_000_000, height: 400 } as const;
const knownTags: ReadonlySet<string> = new Set(['!secret', '!vault', '!unsafe']);
const coreTag = /^tag:yaml\.org,2002:(str|int|float|bool|null|map|seq)$/;
const styles: Readonly<Record<string, ScalarNode['style']>> = {
  QUOTE_SINGLE: 'single',
  QUOTE_DOUBLE: 'double',
  BLOCK_LITERAL: 'literal',
  BLOCK_FOLDED: 'folded',
};

export function toNode(parsed: ParsedNode, from: Source, faults: Fault[]): YamlNode {
  return make(parsed, { from, faults, anchors: new Map(), total: 0 }).node;
}

function make(parsed: ParsedNode | null, work: Work): Made {
  work.total += 1;
  if (parsed === null) return leaf(plainText(null, spanAt(work.from, 0)));
  if (isAlias(parsed)) return makeAlias(parsed.source, spanOf(parsed, work), work);
  const made = makeTagged(parsed, work);
  if (parsed.anchor) work.anchors.set(parsed.anchor, made);
  return made;
}

const leaf = (node: YamlNode): Made => ({ node, weight: 1, height: 1 });

const plainText = (value: ScalarNode['value'], span: Span): ScalarNode => ({
  kind: 'scalar',
  value,
  quoted: typeof value === 'string',
  style: 'plain',
  span,
});

/** The same node is shared by all its aliases; what reads it walks it each time, so the sum is bounded. */
function makeAlias(name: string, at: Span, work: Work): Made {
  const made = work.anchors.get(name);
  work.total += made?.weight ?? 0;
  const why = !made ? `no "&${name}" stands before it` : 'its aliases make it too large';
  if (made && work.total <= limits.total && made.height <= limits.height) return made;
  // One bomb has thousands of fuses.
  if (made && work.faults.some(({ code }) => code === 'E107')) return leaf(plainText(null, at));
  const mend = made ? 'write less by aliases' : `write "&${name}" before the value that is meant, or quote the text`;
  work.faults.push(fault(made ? 'E107' : 'E102', { what: `the alias "*${name}" cannot be used`, at, why, mend }));
  return leaf(plainText(null, at));
}

function makeTagged(parsed: Exclude<ParsedNode, Alias.Parsed>, work: Work): Made {
  const tag = parsed.tag;
  if (tag !== undefined && !knownTags.has(tag) && !coreTag.test(tag)) return leaf(unknownTag(tag, parsed.range[0], work));
  const made = makeBare(parsed, work);
  return tag !== undefined && knownTags.has(tag) ? { ...made, node: { ...made.node, tag } } : made;
}

function makeBare(parsed: Exclude<ParsedNode, Alias.Parsed>, work: Work): Made {
  if (isMap(parsed)) return makeMap(parsed, work);
  if (isSeq(parsed)) return makeList(parsed.items, spanOf(parsed, work), work);
  return leaf(makeScalar(parsed, work));
}

/** A `!` at the start is a tag to YAML and a "not" to its author. Goes on with the text as it was meant. */
function unknownTag(tag: string, start: number, work: Work): ScalarNode {
  const written = tag.replace(/^tag:yaml\.org,2002:/, '!!');
  const offset = Math.max(0, work.from.text.lastIndexOf(written, start));
  const at = spanAt(work.from, offset, written.length);
  const text = (lineText(work.from, at.line) ?? '').slice(at.col - 1).trimEnd();
  work.faults.push(tagFault(text, written, at));
  return plainText(text, at);
}

function tagFault(text: string, tag: string, at: Span): Fault {
  const mend = `quote the value: ${JSON.stringify(text)}`;
  return fault('E105', { what: `unknown tag "${tag}"`, at, why: 'a plain value that begins with "!" is a tag in YAML', mend });
}

function makeList(items: readonly ParsedNode[], span: Span, work: Work): Made {
  const made = items.map(item => make(item, work));
  return collected({ kind: 'list', items: made.map(one => one.node), span }, made);
}

function collected(node: YamlNode, made: readonly Made[]): Made {
  let weight = 1;
  let height = 0;
  for (const one of made) {
    weight += one.weight;
    height = Math.max(height, one.height);
  }
  return { node, weight, height: height + 1 };
}

function makeMap(parsed: YAMLMap.Parsed, work: Work): Made {
  const habit = flowHabit(parsed, work);
  if (habit) return leaf(habit);
  const made: Made[] = [];
  const own = new Map<string, MapEntry>();
  const merged: YamlNode[] = [];
  for (const pair of parsed.items) {
    const key = readKey(pair, work);
    const value = make(pair.value, work);
    made.push(value);
    if (!key) continue;
    const earlier = own.get(key.text);
    if (earlier) work.faults.push(duplicate(key.text, key.span, earlier.keySpan));
    else if (key.text === '<<' && !key.quoted) merged.push(value.node);
    // The place of a missing value is the end of its key.
    else own.set(key.text, { key: key.text, keySpan: key.span, value: pair.value ? value.node : plainText(null, key.span) });
  }
  const entries = [...own.values(), ...mergedEntries(merged, own, work)];
  const first = entries[0]?.keySpan;
  const start = spanOf(parsed, work);
  const span = first && first.line === start.line && first.col === start.col ? first : start;
  return collected({ kind: 'map', entries, span }, made);
}

const duplicate = (key: string, at: Span, first: Span): Fault =>
  fault('E103', {
    what: `the key "${key}" stands twice`,
    at,
    why: `the first is at ${showSpan(first)}; YAML would drop one of them without a word`,
    mend: 'keep one of the two',
  });

function readKey(
  pair: Pair<ParsedNode, ParsedNode | null>,
  work: Work,
): { text: string; span: Span; quoted: boolean } | undefined {
  const key = pair.key;
  const span = spanOf(key, work);
  if (isScalar(key)) return { text: key.source ?? String(key.value), span, quoted: key.type !== 'PLAIN' };
  const mend = 'write the key as plain or quoted text';
  work.faults.push(fault('E109', { what: 'a key that is not text', at: span, why: 'keys are names', mend }));
  return undefined;
}

/** Own keys win over merged ones, and earlier maps over later ones. */
function mergedEntries(sources: readonly YamlNode[], own: ReadonlyMap<string, MapEntry>, work: Work): MapEntry[] {
  const found = new Map<string, MapEntry>();
  for (const node of sources.flatMap(one => (one.kind === 'list' ? one.items : [one]))) {
    if (node.kind !== 'map') {
      const mend = 'write: <<: *NAME, where &NAME stands before a map';
      work.faults.push(
        fault('E102', { what: '"<<" needs a map or a list of maps', at: node.span, why: 'only maps can be merged', mend }),
      );
      continue;
    }
    for (const entry of node.entries) if (!own.has(entry.key) && !found.has(entry.key)) found.set(entry.key, entry);
  }
  return [...found.values()];
}

function makeScalar(parsed: Scalar.Parsed, work: Work): ScalarNode {
  const span = spanOf(parsed, work);
  const style = styles[parsed.type ?? ''] ?? 'plain';
  const value = parsed.value as ScalarNode['value'];
  if (typeof value === 'number') return makeNumber(value, parsed.source, span, work);
  const block = style === 'literal' || style === 'folded';
  const written = work.from.text.slice(parsed.range[0], parsed.range[1]);
  const raw = style === 'double' || style === 'single' || written.includes('\n') ? { raw: written } : {};
  const node: ScalarNode = { kind: 'scalar', value: value ?? null, quoted: style !== 'plain', style, span, ...raw };
  return block ? { ...node, indent: blockIndent(work.from, span.line) } : node;
}

/** Spaces before the first line of the content that is not empty. */
function blockIndent(from: Source, header: number): number {
  for (let line = header + 1; ; line++) {
    const text = lineText(from, line);
    if (text === undefined) return 0;
    if (text.trim() !== '') return text.length - text.trimStart().length;
  }
}

function makeNumber(value: number, source: string, span: Span, work: Work): ScalarNode {
  const zero = /^[-+]?0\d+$/.test(source);
  const lost = !Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value) && !/[.eE]/.test(source));
  if (!zero && !lost) return { kind: 'scalar', value, quoted: false, style: 'plain', written: source, span };
  const why = zero ? `YAML reads it as the number ${value}` : 'YAML cannot keep it as a number';
  work.faults.push(
    fault('E106', { what: `the number ${source} is not kept as written`, at: span, why, mend: `quote it: "${source}"` }),
  );
  return plainText(source, span);
}

function spanOf(parsed: ParsedNode, work: Work): Span {
  const [start, end] = parsed.range;
  const newline = work.from.text.indexOf('\n', start);
  return spanAt(work.from, start, (newline < 0 ? end : Math.min(end, newline)) - start);
}

/** `msg: {{ foo }}` is, to YAML, a map whose key is a map. Goes on with the text as it was meant. */
function flowHabit(parsed: YAMLMap.Parsed, work: Work): ScalarNode | undefined {
  if (!parsed.flow || !parsed.items.some(pair => isMap(pair.key) && pair.key.flow)) return undefined;
  const [start, end] = parsed.range;
  const at = spanOf(parsed, work);
  const text = work.from.text.slice(start, end);
  work.faults.push(quoteFault(text, at));
  return plainText(text, at);
}

const quoteFault = (text: string, at: Span): Fault =>
  fault('E104', {
    what: 'a value that begins with {{ must be quoted',
    at,
    why: 'a plain "{" opens a map in YAML',
    mend: `quote it: ${JSON.stringify(text)}`,
  });

/** The same habits where they stop the parser: `path: {{ a }}/b`, `when: !(a || b)`. */
export function quotedHabit(line: string, at: Span): Fault | undefined {
  const found = /^(.*?(?:^|:|-)\s+)(\{\{.*|!\S.*)$/.exec(line);
  if (!found) return undefined;
  const [, before = '', text = ''] = found;
  const place = { ...at, col: before.length + 1, length: text.trimEnd().length };
  return text.startsWith('!') ? tagFault(text.trimEnd(), text.split(/\s/)[0] ?? '!', place) : quoteFault(text.trimEnd(), place);
}
