// An INI inventory (groups, `:children`, `:vars`, host lines with k=v) -> draft, by Ansible's rules. Reads no file.
import { didYouMean, fault } from '../core/fault.ts';
import type { Source } from '../core/source.ts';
import type { Span } from '../core/types.ts';
import {
  addChild,
  addGroup,
  addHosts,
  type Draft,
  type DraftGroup,
  type Origin,
  setGroupVars,
  setVars,
} from './inventory-draft.ts';
import type { MapEntry } from './node.ts';
import { literalNode } from './python-literal.ts';
import { splitWords } from './words.ts';

interface Reading {
  readonly draft: Draft;
  readonly origin: Origin;
  group: DraftGroup;
  section: 'hosts' | 'children' | 'vars' | 'unknown';
  /** Groups that are named and not yet defined, with the place of the first mention. */
  readonly pending: Map<string, { readonly at: Span; readonly where: string }>;
}

export function readIniInventory(draft: Draft, from: Source, origin: Origin): void {
  const group = draft.groups.get('ungrouped') as DraftGroup;
  const reading: Reading = { draft, origin, group, section: 'hosts', pending: new Map() };
  from.text.split('\n').forEach((line, index) => {
    const start = line.length - line.trimStart().length;
    const text = line.trim();
    if (text === '' || text.startsWith('#') || text.startsWith(';')) return;
    readLine(reading, text, { file: from.file, line: index + 1, col: start + 1, length: text.length });
  });
  for (const [name, { at, where }] of reading.pending) undefinedGroup(draft, name, at, where);
}

function undefinedGroup(draft: Draft, name: string, at: Span, where: string): void {
  const near = didYouMean(
    name,
    [...draft.groups.keys()].filter(other => other !== name),
  );
  const mend = near ? `write "${near}"` : `add a section [${name}]`;
  draft.faults.push(fault('E415', { what: `the group "${name}" is defined nowhere`, at, why: `${where} names it`, mend }));
}

function readLine(reading: Reading, text: string, at: Span): void {
  const header = /^\[([^:\]\s]+)(?::(\w+))?\]\s*(?:#.*)?$/.exec(text);
  if (header) return readHeader(reading, header[1] as string, header[2] ?? 'hosts', at);
  if (/^\[.*\]$/.test(text)) {
    return lineFault(
      reading,
      `the section ${text} cannot be read`,
      at,
      'a section is [GROUP], [GROUP:children] or [GROUP:vars]',
      'take the spaces out',
    );
  }
  if (reading.section === 'hosts') readHostLine(reading, text, at);
  else if (reading.section === 'vars') readVarLine(reading, text, at);
  else if (reading.section === 'children') readChildLine(reading, text, at);
}

function lineFault(reading: Reading, what: string, at: Span, why: string, mend: string): void {
  reading.draft.faults.push(fault('E408', { what, at, why, mend }));
}

function readHeader(reading: Reading, name: string, section: string, at: Span): void {
  const known = reading.draft.groups.has(name);
  reading.group = addGroup(reading.draft, name, { ...at, col: at.col + 1, length: name.length }, reading.origin);
  if (section === 'vars') {
    reading.section = 'vars';
    if (!known) reading.pending.set(name, { at, where: `[${name}:vars]` });
  } else if (section === 'hosts' || section === 'children') {
    reading.section = section;
    reading.pending.delete(name);
  } else {
    const near = didYouMean(section, ['hosts', 'children', 'vars']);
    const mend = `write [${name}:${near ?? 'children'}]`;
    reading.section = 'unknown';
    lineFault(
      reading,
      `the section kind "${section}" does not exist`,
      at,
      'a section is [GROUP], [GROUP:children] or [GROUP:vars]',
      mend,
    );
  }
}

function readHostLine(reading: Reading, text: string, at: Span): void {
  if (text.startsWith('---')) {
    return lineFault(
      reading,
      'a YAML mark in an INI inventory',
      at,
      'the file is read as INI by its name and its lines',
      'name the file NAME.yaml',
    );
  }
  const split = splitWords(text, { comments: true });
  if ('why' in split) {
    const place = { ...at, col: at.col + split.offset, length: 1 };
    return lineFault(reading, 'a host line that cannot be read', place, split.why, 'close the quote');
  }
  const [host, ...rest] = split.words;
  if (!host) return;
  const hostAt = { ...at, length: host.text.length };
  if (/[^:]:$/.test(host.text)) {
    return lineFault(
      reading,
      `the host "${host.text}" ends in a colon`,
      hostAt,
      'a port would stand behind it',
      'take the colon away, or name the file NAME.yaml',
    );
  }
  const entries = rest.flatMap(word => {
    const place = { ...at, col: at.col + word.offset, length: word.text.length };
    const entry = readPair(word.text, place);
    if (!entry) {
      const mend = `write NAME=${word.text}, or a line of its own for a further host`;
      lineFault(reading, `"${word.text}" is not NAME=VALUE`, place, 'what follows a host are its variables', mend);
    }
    return entry ? [entry] : [];
  });
  setVars(reading.draft, addHosts(reading.draft, host.text, hostAt, reading.origin, reading.group), entries, reading.origin);
}

function readPair(text: string, at: Span): MapEntry | undefined {
  const equals = text.indexOf('=');
  if (equals <= 0) return undefined;
  const key = text.slice(0, equals).trim();
  return { key, keySpan: { ...at, length: key.length }, value: literalNode(text.slice(equals + 1), at) };
}

function readVarLine(reading: Reading, text: string, at: Span): void {
  const entry = readPair(text, at);
  if (entry) setGroupVars(reading.draft, reading.group, [entry], reading.origin);
  else lineFault(reading, `"${text}" is not NAME=VALUE`, at, `the section is [${reading.group.name}:vars]`, 'write NAME=VALUE');
}

function readChildLine(reading: Reading, text: string, at: Span): void {
  const name = /^([^:\]\s]+)\s*(?:#.*)?$/.exec(text)?.[1];
  if (!name) {
    return lineFault(
      reading,
      `"${text}" is not the name of a group`,
      at,
      `the section is [${reading.group.name}:children]`,
      'write one name a line',
    );
  }
  const place = { ...at, length: name.length };
  const known = reading.draft.groups.has(name);
  const child = addGroup(reading.draft, name, place, reading.origin);
  if (!known) reading.pending.set(name, { at: place, where: `[${reading.group.name}:children]` });
  addChild(reading.draft, reading.group, child, place);
}
