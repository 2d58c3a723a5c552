// CEL's operators as functions, for templates: {{#if (eq a b)}}. Pure.
import { calculate, compare, contains, equal, lift, lower } from '../numbers.ts';
import type { Functions } from './table.ts';

const truthy = (value: unknown): boolean =>
  Boolean(value) && !(typeof value === 'object' && value !== null && Object.keys(value).length === 0);
const many = Number.POSITIVE_INFINITY;

const work = (name: string, op: string): Functions => ({
  [name]: {
    args: [2, many],
    does: `${name}(a, b): a ${op} b`,
    run: args => lower(args.map(lift).reduce((a, b) => calculate(op, a, b))),
  },
});
const order = (name: string, op: string): Functions => ({
  [name]: { args: [2, 2], does: `${name}(a, b): a ${op} b`, run: ([a, b]) => compare(op, lift(a), lift(b)) },
});

export const operatorFunctions: Functions = {
  eq: { args: [2, 2], does: 'eq(a, b): a == b', run: ([a, b]) => equal(lift(a), lift(b)) },
  ne: { args: [2, 2], does: 'ne(a, b): a != b', run: ([a, b]) => !equal(lift(a), lift(b)) },
  ...order('lt', '<'),
  ...order('le', '<='),
  ...order('gt', '>'),
  ...order('ge', '>='),
  and: { args: [1, many], does: 'and(a, b): whether all are true, not empty, not 0', run: args => args.every(truthy) },
  or: { args: [1, many], does: 'or(a, b): whether any is true, not empty, not 0', run: args => args.some(truthy) },
  not: { args: [1, 1], does: 'not(a): whether it is false, empty or 0', run: ([a]) => !truthy(a) },
  in: { args: [2, 2], does: 'in(x, l): whether a list, map or text has it', run: ([x, l]) => contains(lift(x), l) },
  ...work('add', '+'),
  ...work('subtract', '-'),
  ...work('multiply', '*'),
  ...work('divide', '/'),
  ...work('modulo', '%'),
};
