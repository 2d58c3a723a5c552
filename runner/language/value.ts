// YAML nodes to Values: each {{ ... }} is CEL, what holds no expression is plain data. Evaluates nothing.
import { fault } from '../core/fault.ts';
import type { Entry, Expression, Value } from '../core/site.ts';
import type { Fault, Span } from '../core/types.ts';
import { cut, type Hole } from './braces.ts';
import { compileExpression } from './expression.ts';
import { put } from './functions/table.ts';
import type { ListNode, MapNode, ScalarNode, YamlNode } from './node.ts';
import { locateIn } from './places.ts';

const isPlain = (value: Value): value is Extract<Value, { is: 'plain' }> => value.is === 'plain';

export const plain = (value: unknown, span: Span): Value => ({ is: 'plain', value, span });

export function toValue(node: YamlNode, faults: Fault[]): Value {
  if (node.tag === '!unsafe') return plain(dataOf(node), node.span);
  if (node.kind === 'scalar') return scalarValue(node, faults);
  return node.kind === 'list' ? listValue(node, faults) : mapValue(node, faults);
}

/** The node as plain data, braces and all. */
export function dataOf(node: YamlNode): unknown {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return Object.freeze(node.items.map(dataOf));
  const made: Record<string, unknown> = {};
  for (const { key, value } of node.entries) put(made, key, dataOf(value));
  return Object.freeze(made);
}

function listValue(node: ListNode, faults: Fault[]): Value {
  const items = node.items.map(item => toValue(item, faults));
  if (items.every(isPlain)) return plain(Object.freeze(items.map(item => item.value)), node.span);
  return { is: 'list', items, span: node.span };
}

function mapValue(node: MapNode, faults: Fault[]): Value {
  const entries = node.entries.map(({ key, keySpan, value }): Entry => {
    if (/\{\{.*\}\}/s.test(key)) faults.push(keyFault(key, keySpan));
    return { key, keySpan, value: toValue(value, faults) };
  });
  if (!entries.every(entry => isPlain(entry.value))) return { is: 'map', entries, span: node.span };
  const made: Record<string, unknown> = {};
  for (const { key, value } of entries) put(made, key, (value as { value: unknown }).value);
  return plain(Object.freeze(made), node.span);
}

const keyFault = (key: string, at: Span): Fault =>
  fault('E304', {
    what: `the key "${key}" has an expression in it`,
    why: 'keys are taken as they are written',
    mend: 'write the whole map as one expression: "{{ {name: value} }}"',
    at,
  });

function scalarValue(node: ScalarNode, faults: Fault[]): Value {
  if (node.tag === '!secret' || node.tag === '!vault') return secretValue(node, faults);
  const { value, span } = node;
  if (typeof value !== 'string') return plain(value, span);
  if (/\{%-?\s*(?:if|for|set|endif|endfor|raw|macro|else|elif)\b/.test(value)) faults.push(blockFault(value, node));
  if (!value.includes('{{')) return plain(value, span);
  const { parts, open } = cut(value);
  if (open !== undefined) {
    faults.push(openFault(locateIn(node, 0)(open, open + 2)));
    return plain(value, span);
  }
  const made = parts.map(part => (typeof part === 'string' ? part : holeOf(part, node, faults)));
  if (made.includes(null)) return plain(value, span);
  return valueOf(made as readonly (string | Expression)[], span);
}

/** An expression alone keeps its type. */
function valueOf(parts: readonly (string | Expression)[], span: Span): Value {
  const [first] = parts;
  if (parts.length === 1 && typeof first === 'object') return { is: 'expression', expression: first, span };
  return { is: 'text', parts, span };
}

const inBraces = (cel: string): string => `{{ ${cel} }}`;

function holeOf(hole: Hole, node: ScalarNode, faults: Fault[]): Expression | null {
  const locate = locateIn(node, hole.offset);
  if (/^\.[A-Z{]/.test(hole.text) || /^(?:range|json|index|printf)\s+\.?[A-Za-z"]/.test(hole.text)) {
    faults.push(goFault(hole.text, locate(0, hole.text.length)));
    return null;
  }
  const { expression, faults: found } = compileExpression(hole.text, locate(0, hole.text.length), locate, inBraces);
  faults.push(...found);
  return expression;
}

const goFault = (text: string, at: Span): Fault =>
  fault('E301', {
    what: 'this is not a CEL expression',
    why: `{{${text}}} looks like a template of Go or of another program`,
    mend: 'tag the value so that it is taken as it is: !unsafe "..."',
    at,
  });

const openFault = (at: Span): Fault =>
  fault('E303', {
    what: '{{ without }}',
    why: 'the expression has no end',
    mend: 'close it with }}, or tag the value !unsafe where the braces are text',
    at,
  });

function blockFault(value: string, node: ScalarNode): Fault {
  const start = value.indexOf('{%');
  const end = value.indexOf('%}', start);
  return fault('E302', {
    what: 'a Jinja block in a value',
    why: 'values are CEL between {{ and }}; there are no {% %} blocks',
    mend: 'write {{ c ? a : b }} for an if, l.map(x, ...) for a loop, or make it a template file',
    at: locateIn(node, 0)(start, end < 0 ? start + 2 : end + 2),
  });
}

function secretValue(node: ScalarNode, faults: Fault[]): Value {
  if (typeof node.value === 'string' && node.value.trim() !== '') {
    return { is: 'secret', name: node.tag === '!vault' ? 'vault' : node.value.trim(), cipher: node.value, span: node.span };
  }
  faults.push(
    fault('E205', {
      what: `${node.tag} needs text`,
      why: 'the encrypted value is missing',
      mend: 'write the encrypted text after the tag',
      at: node.span,
    }),
  );
  return plain('', node.span);
}

/** Conditions: a boolean, one CEL text, or a list of them; all must hold. */
export function toConditions(node: YamlNode, faults: Fault[]): Expression[] {
  if (node.kind === 'list') return node.items.flatMap(item => toConditions(item, faults));
  if (node.kind === 'map') {
    faults.push(conditionFault('a map', node.span, 'write a CEL text, or a list of them'));
    return [];
  }
  return oneCondition(node, faults);
}

function oneCondition(node: ScalarNode, faults: Fault[]): Expression[] {
  const { value, span } = node;
  const text = typeof value === 'boolean' ? String(value) : value;
  if (typeof text !== 'string' || text.trim() === '') {
    faults.push(
      conditionFault(
        text === null || text === '' ? 'empty' : `the value ${String(text)}`,
        span,
        'write true, false or a CEL text',
      ),
    );
    return [];
  }
  if (/^\s*(?:yes|no|on|off)\s*$/i.test(text)) {
    faults.push(conditionFault(`"${text.trim()}"`, span, /^\s*(?:yes|on)/i.test(text) ? 'write true' : 'write false'));
    return [];
  }
  const trimmed = text.trim();
  const locate = locateIn(node, text.indexOf(trimmed));
  const { expression, faults: found } = compileExpression(trimmed, locate(0, trimmed.length), locate);
  faults.push(...found);
  return expression ? [expression] : [];
}

const conditionFault = (found: string, at: Span, mend: string): Fault =>
  fault('E310', { what: `a condition is ${found}`, why: 'a condition is true or false', mend, at });

/** Every expression of a value, in the order of the text. */
export function expressionsIn(value: Value): readonly Expression[] {
  switch (value.is) {
    case 'expression':
      return [value.expression];
    case 'text':
      return value.parts.filter(part => typeof part !== 'string');
    case 'list':
      return value.items.flatMap(expressionsIn);
    case 'map':
      return value.entries.flatMap(entry => expressionsIn(entry.value));
    default:
      return [];
  }
}
