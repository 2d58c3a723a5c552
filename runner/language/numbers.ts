// Arithmetic, order and equality of CEL over plain data: ints are bigint while an expression runs, numbers outside it.
import { compareVersions, Version } from './functions/version.ts';
import { Maybe, Pending, Trouble } from './signals.ts';

/** Into an expression: whole numbers become ints. */
export const lift = (value: unknown): unknown =>
  typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value;

/** Out of an expression: ints become numbers again. */
export function lower(value: unknown): unknown {
  if (value instanceof Version) return value.text;
  if (typeof value !== 'bigint') return value;
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new Trouble('E314', {
    what: `the whole number ${value} is too large`,
    why: 'whole numbers are exact up to 9007199254740991',
    mend: 'write double(...) around it if an approximate value will do, or string(...) for its digits',
  });
}

export function typeName(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'bigint') return 'int';
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'int' : 'double';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'string';
  if (value instanceof Uint8Array) return 'bytes';
  if (value instanceof Version) return 'version';
  if (value instanceof Maybe) return 'optional';
  return value instanceof Pending ? 'unknown' : 'map';
}

const withArticle = (value: unknown): string => {
  const name = typeName(value);
  return name === 'null' ? 'null' : `${/^[aeiou]/.test(name) ? 'an' : 'a'} ${name}`;
};
const isNumber = (value: unknown): value is number | bigint => typeof value === 'number' || typeof value === 'bigint';

function refuse(op: string, left: unknown, right: unknown): never {
  const text = typeof left === 'string' ? left : typeof right === 'string' ? right : undefined;
  const numeric = text !== undefined && text.trim() !== '' && Number.isFinite(Number(text));
  const joins = op === '+' && (typeof left === 'string' || typeof right === 'string');
  const mend = numeric
    ? 'write int(...) around the text that is a number, or string(...) around the number'
    : joins
      ? 'write string(...) around the value that is not text'
      : 'make both sides the same type with int(...), double(...) or string(...)';
  const why = `one side is ${withArticle(left)}, the other ${withArticle(right)}`;
  throw new Trouble('E308', { what: `"${op}" does not join these values`, why, mend });
}

const divideByZero = (op: string): Trouble =>
  new Trouble('E314', {
    what: `"${op}" with a zero on its right`,
    why: 'a division by zero has no value',
    mend: 'test the divisor first: d == 0 ? 0 : n / d',
  });

const operators: Readonly<Record<string, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '%': (left, right) => left % right,
};

/** JavaScript has the same operators for both types, which its type checker knows of numbers alone. */
function operate<N extends number | bigint>(op: string, left: N, right: N): N {
  if ((op === '/' || op === '%') && Number(right) === 0) throw divideByZero(op);
  return operators[op]?.(left as number, right as number) as N;
}

/** + - * / %: whole numbers stay whole (`7/2 == 3`), a mixture is a double; + also joins texts and lists. */
export function calculate(op: string, left: unknown, right: unknown): unknown {
  if (typeof left === 'bigint' && typeof right === 'bigint') return operate(op, left, right);
  if (isNumber(left) && isNumber(right)) return operate(op, Number(left), Number(right));
  if (op === '+' && typeof left === 'string' && typeof right === 'string') return left + right;
  if (op === '+' && Array.isArray(left) && Array.isArray(right))
    return [...(left as readonly unknown[]), ...(right as readonly unknown[])];
  return refuse(op, left, right);
}

export function negate(value: unknown): unknown {
  if (isNumber(value)) return -value;
  throw new Trouble('E308', {
    what: '"-" before a value that is no number',
    why: `it is ${withArticle(value)}`,
    mend: 'write int(...) around it',
  });
}

function order(op: string, left: unknown, right: unknown): number {
  if (isNumber(left) && isNumber(right)) return left < right ? -1 : left > right ? 1 : 0;
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : left > right ? 1 : 0;
  if (typeof left === 'boolean' && typeof right === 'boolean') return Number(left) - Number(right);
  if (left instanceof Version && right instanceof Version) return compareVersions(left.text, right.text);
  return refuse(op, left, right);
}

export function compare(op: string, left: unknown, right: unknown): boolean {
  const found = order(op, left, right);
  switch (op) {
    case '<':
      return found < 0;
    case '<=':
      return found <= 0;
    case '>':
      return found > 0;
    default:
      return found >= 0;
  }
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Equality without complaint: values of different types are different. */
export function same(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  // Of a bigint and a number, === would say that they differ.
  if (isNumber(left) && isNumber(right)) return order('==', left, right) === 0;
  if (left instanceof Version && right instanceof Version) return compareVersions(left.text, right.text) === 0;
  if (Array.isArray(left))
    return Array.isArray(right) && left.length === right.length && left.every((item, i) => same(item, right[i]));
  if (!isMap(left) || !isMap(right)) return false;
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every(key => Object.hasOwn(right, key) && same(left[key], right[key]));
}

const kinds = (value: unknown): string => (isNumber(value) ? 'number' : typeName(value));

/** == of CEL; two types that can never be equal are a mistake, not `false`. null may be compared with anything. */
export function equal(left: unknown, right: unknown): boolean {
  const [one, other] = [kinds(left), kinds(right)];
  if (one === other || one === 'null' || other === 'null') return same(left, right);
  const pair = new Set([one, other]);
  const mend = !pair.has('string')
    ? 'compare values of one type'
    : pair.has('number')
      ? 'write int(...) around the text, or quote the number'
      : pair.has('bool')
        ? 'write bool(...) around the text'
        : 'compare with a value of the same type';
  throw new Trouble('E309', {
    what: 'this comparison can never be true',
    why: `one side is ${withArticle(left)}, the other ${withArticle(right)}`,
    mend,
  });
}

/** x in list, key in map, text in text. */
export function contains(item: unknown, whole: unknown): boolean {
  if (Array.isArray(whole)) return whole.some(each => same(each, item));
  if (typeof whole === 'string' && typeof item === 'string') return whole.includes(item);
  if (typeName(whole) === 'map') return Object.hasOwn(whole as object, String(item));
  throw new Trouble('E308', {
    what: '"in" needs a list, a map or a text on its right',
    why: `the right side is ${withArticle(whole)}`,
    mend: 'compare with == instead',
  });
}
