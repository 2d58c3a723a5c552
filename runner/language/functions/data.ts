// Data to text and back: JSON, YAML, base64. Pure.
import { stringify } from 'yaml';
import { readDocuments } from '../documents.ts';
import { Misuse } from '../signals.ts';
import { sortedJson } from './lists.ts';
import { type Functions, text, whole } from './table.ts';

function fromJson(from: string): unknown {
  try {
    return JSON.parse(from);
  } catch (error) {
    throw new Misuse(`the text is not JSON: ${(error as Error).message}`, 'look at the text with a debug task');
  }
}

function documentsIn(from: string): readonly unknown[] {
  const read = readDocuments(from, 'the text');
  if ('values' in read) return read.values;
  const place = read.offset === undefined ? '' : `line ${from.slice(0, read.offset).split('\n').length}: `;
  throw new Misuse(`the text is not YAML: ${place}${read.message.split('\n')[0]}`, 'look at the text with a debug task');
}

function fromYaml(from: string): unknown {
  const [first, second] = documentsIn(from);
  if (second === undefined) return first ?? null;
  throw new Misuse('the text has more than one YAML document', 'write from_yaml_all(s), which gives a list');
}

/** Keys in order, as Ansible prints them; readers of YAML 1.1 see the same values ("yes" is quoted). */
const toYaml = (value: unknown, indent: number, flow: boolean): string =>
  stringify(value, {
    indent,
    version: '1.1',
    sortMapEntries: true,
    lineWidth: 0,
    aliasDuplicateObjects: false,
    ...(flow ? { collectionStyle: 'any' as const } : {}),
  });

function decode(from: string): string {
  const bare = from.replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(bare)) throw new Misuse('the text is not base64', 'look at the text with a debug task');
  return Buffer.from(bare, 'base64').toString('utf8');
}

const width = (value: unknown, by: number): number => (value === undefined ? by : Math.max(1, Math.min(16, whole(value))));

export const dataFunctions: Functions = {
  to_json: { args: [1, 1], does: 'to_json(x): as JSON in one line', run: ([x]) => JSON.stringify(x) },
  to_nice_json: {
    args: [1, 2],
    does: 'to_nice_json(x, indent = 4): as JSON of several lines, keys in order',
    run: ([x, indent]) => sortedJson(x, width(indent, 4)),
  },
  to_yaml: {
    args: [1, 2],
    does: 'to_yaml(x, indent = 2): as YAML, keys in order',
    run: ([x, indent]) => toYaml(x, width(indent, 2), true),
  },
  to_nice_yaml: {
    args: [1, 2],
    does: 'to_nice_yaml(x, indent = 4): as YAML in block style, keys in order',
    run: ([x, indent]) => toYaml(x, width(indent, 4), false),
  },
  from_json: {
    args: [1, 1],
    does: 'from_json(s): the value of a JSON text',
    run: ([s]) => (typeof s === 'string' ? fromJson(s) : s),
  },
  from_yaml: {
    args: [1, 1],
    does: 'from_yaml(s): the value of a YAML text',
    run: ([s]) => (typeof s === 'string' ? fromYaml(s) : s),
  },
  from_yaml_all: {
    args: [1, 1],
    does: 'from_yaml_all(s): a list of the values of its documents',
    run: ([s]) => documentsIn(text(s)),
  },
  b64encode: { args: [1, 1], does: 'b64encode(s): as base64', run: ([s]) => Buffer.from(text(s), 'utf8').toString('base64') },
  b64decode: { args: [1, 1], does: 'b64decode(s): the text of a base64', run: ([s]) => decode(text(s)) },
  urlencode: {
    args: [1, 1],
    does: 'urlencode(s): for a place in a URL',
    run: ([s]) => encodeURIComponent(text(s)).replace(/[!'()*]/g, c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`),
  },
};
