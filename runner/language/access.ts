// Reading a field or an index of plain data: own fields only, so that nothing of JavaScript's own is in reach.
import { didYouMean } from '../core/fault.ts';
import { peek } from './lazy.ts';
import { lift, typeName } from './numbers.ts';
import { isMissing, Maybe, NotYet, none, Pending, Trouble } from './signals.ts';

/** A value that is known. */
export function solid(value: unknown): unknown {
  if (value instanceof Pending) throw new NotYet(value.variable, value.unknown);
  return value;
}

const missing = (what: string, why: string, mend: string): Trouble => new Trouble('E307', { what, why, mend, missing: true });

/** The mistake of a name that nothing defines. */
export function isThere(name: string, names: Iterable<string>): Trouble {
  const meant = didYouMean(name, names);
  return new Trouble('E350', {
    what: `"${name}" is not defined`,
    why: 'no variable of this host has the name',
    mend:
      name === 'none'
        ? 'write null'
        : meant
          ? `did you mean "${meant}"?`
          : `define it, or write vars.?${name}.orValue(...) where it may be missing`,
    missing: true,
  });
}

function item(list: readonly unknown[], key: unknown): unknown {
  if (typeof key !== 'bigint' && typeof key !== 'number')
    throw missing(
      `a list has no field "${String(key)}"`,
      'a list is read by a whole number',
      'write l[0], or l.map(x, x.field) for the field of each item',
    );
  const index = Number(key);
  const value = index >= 0 ? list[index] : undefined;
  if (value !== undefined) return value;
  throw missing(
    `the list has no item ${index}`,
    `it has ${list.length} item${list.length === 1 ? '' : 's'}, counted from 0`,
    'last(l) is the last item; test size(l) first',
  );
}

function field(of: object, key: unknown): unknown {
  const name = String(key);
  const value = Object.hasOwn(of, name) ? peek(of, name) : undefined;
  if (value !== undefined) return value;
  const names = Object.keys(of);
  const meant = didYouMean(name, names);
  const shown = names.slice(0, 12).join(', ');
  throw missing(
    `there is no field "${name}"`,
    names.length === 0 ? 'the map is empty' : `the map has ${shown}${names.length > 12 ? ', ...' : ''}`,
    meant ? `did you mean "${meant}"?` : `write .?${name}.orValue(...) where it may be missing`,
  );
}

function pendingField(of: Pending, key: unknown): unknown {
  const name = String(key);
  if (!Object.hasOwn(of.unknown.known, name)) throw new NotYet(of.variable, of.unknown);
  return of.unknown.known[name];
}

/** target.key or target[key]; an optional target gives an optional. */
export function access(target: unknown, key: unknown): unknown {
  if (target instanceof Pending) return lift(pendingField(target, key));
  if (target instanceof Maybe) return target.there ? step(target.value, key) : none;
  if (Array.isArray(target)) return lift(item(target, key));
  if (typeof target === 'object' && target !== null && !(target instanceof Uint8Array)) return lift(field(target, key));
  const name = typeName(target);
  throw missing(
    `"${String(key)}" is asked of a value that has no fields`,
    `the value is ${name === 'null' ? 'null' : `of type ${name}`}`,
    'look at the value with a debug task',
  );
}

/** target.?key: an optional, empty where the field is not there. */
export function step(target: unknown, key: unknown): Maybe {
  if (target instanceof Maybe && !target.there) return none;
  try {
    return new Maybe(true, access(target instanceof Maybe ? target.value : target, key));
  } catch (error) {
    if (isMissing(error)) return none;
    throw error;
  }
}
