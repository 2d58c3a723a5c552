// The texts of with_sequence (`start=1 end=5`, `1-5/2:host%02d`) -> a call of sequence(). Counts nothing itself.
import { fault } from '../../core/fault.ts';
import type { Fault } from '../../core/types.ts';
import type { YamlNode } from '../node.ts';
import { splitWords } from '../words.ts';

type Parts = Readonly<Record<string, string>>;

/** An expression keeps its text, a number is itself. */
const number = (text: string): string | undefined => {
  const hole = /^\s*\{\{([\s\S]*)\}\}\s*$/.exec(text);
  if (hole) return `int(${hole[1]?.trim()})`;
  return /^-?(0x[0-9a-f]+|\d+)$/i.test(text.trim()) ? String(Number(text)) : undefined;
};

export function sequenceText(node: YamlNode, faults: Fault[]): string | undefined {
  const parts = node.kind === 'map' ? mapParts(node) : node.kind === 'scalar' ? textParts(String(node.value)) : undefined;
  const call = parts && callOf(parts);
  if (call) return call;
  const mend = 'write "start=1 end=5", with "stride" and "format" if wanted, or "loop" with range(1, 6)';
  faults.push(
    fault('E208', {
      what: '"with_sequence" cannot be read',
      at: node.span,
      why: 'it takes start, end or count, stride and format',
      mend,
    }),
  );
  return undefined;
}

function mapParts(node: Extract<YamlNode, { kind: 'map' }>): Parts {
  return Object.fromEntries(node.entries.map(({ key, value }) => [key, value.kind === 'scalar' ? String(value.value) : '']));
}

function textParts(text: string): Parts | undefined {
  const short = /^(?:(\d+|0x[0-9a-f]+)-)?(\d+|0x[0-9a-f]+)(?:\/(\d+))?(?::(.+))?$/i.exec(text.trim());
  if (short) {
    const [, start = '1', end = '', stride = '1', format = '%d'] = short;
    return { start, end, stride, format };
  }
  const words = splitWords(text, { templates: true });
  if ('why' in words) return undefined;
  const pairs = words.words.map(word => /^(\w+)=([\s\S]*)$/.exec(word.text));
  return pairs.every(pair => pair !== null)
    ? Object.fromEntries(pairs.map(pair => [pair?.[1] ?? '', pair?.[2] ?? '']))
    : undefined;
}

const known = new Set(['start', 'end', 'count', 'stride', 'format']);

function callOf(parts: Parts): string | undefined {
  if (!Object.keys(parts).every(key => known.has(key))) return undefined;
  const start = number(parts.start ?? '1');
  const stride = number(parts.stride ?? '1');
  const count = parts.count === undefined ? undefined : number(parts.count);
  const end = parts.end === undefined ? count && `${start} + (${count} - 1) * ${stride}` : number(parts.end);
  const format = JSON.stringify(parts.format ?? '%d');
  return start && stride && end ? `sequence(${start}, ${end}, ${stride}, ${format})` : undefined;
}
