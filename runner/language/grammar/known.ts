// The value of text that must be known before the run: extra variables and the play's own may stand in it, no host's.
import type { Layer, Value } from '../../core/site.ts';
import { fault } from '../../core/fault.ts';
import { type Lookup, run } from '../expression.ts';
import type { World } from '../functions/table.ts';
import type { YamlNode } from '../node.ts';
import { Faulty, Misuse, NotYet } from '../signals.ts';
import { expressionsIn, toValue } from '../value.ts';
import type { Work } from './work.ts';

const refuse = (): never => {
  throw new Misuse('files are not read here', 'name the value itself, or give it by -e');
};

const worldOf = (work: Work): World => ({
  readFile: refuse,
  firstFound: refuse,
  glob: refuse,
  password: refuse,
  env: name => work.env[name],
  group: name => work.inventory.groups.get(name) ?? [],
  now: () => 0,
  home: () => work.env.HOME ?? '/',
});

/** undefined with a fault where it depends on a host. */
export function knownText(word: string, node: YamlNode, layers: readonly Layer[], work: Work): string | undefined {
  const value = toValue(node, work.faults);
  for (const { references } of expressionsIn(value)) for (const { path } of references) work.read.add(path[0] as string);
  try {
    const made = evaluate(value, lookupOf(layers, work), 0);
    if (Array.isArray(made)) return made.join(',');
    if (typeof made === 'string' || typeof made === 'number') return String(made);
  } catch (error) {
    if (!(error instanceof Faulty) && !(error instanceof NotYet) && !(error instanceof RangeError)) throw error;
    if (error instanceof Faulty)
      return void work.faults.push(
        ...error.faults.map(found => ({
          ...found,
          mend: `${found.mend}; "${word}" must be known before the run: give it by -e or in the play's vars`,
        })),
      );
  }
  const mend = 'give it by -e or in the vars of the play';
  work.faults.push(
    fault('E208', { what: `"${word}" must be known before the run`, at: node.span, why: 'it gives no text', mend }),
  );
  return undefined;
}

const deepest = 50;

function lookupOf(layers: readonly Layer[], work: Work, depth = 0): Lookup {
  const all = [...layers, work.extra];
  const magic: Readonly<Record<string, unknown>> = { groups: Object.fromEntries(work.inventory.groups) };
  return {
    get: name => {
      const found = all.findLast(layer => layer.vars.has(name))?.vars.get(name);
      if (depth > deepest) throw new RangeError(`"${name}" is defined by itself`);
      return found ? evaluate(found, lookupOf(layers, work, depth + 1), depth) : magic[name];
    },
    names: () => [...all.flatMap(layer => [...layer.vars.keys()]), ...Object.keys(magic)],
    world: worldOf(work),
  };
}

function evaluate(value: Value, lookup: Lookup, depth: number): unknown {
  switch (value.is) {
    case 'plain':
      return value.value;
    case 'expression':
      return run(value.expression, lookup);
    case 'text':
      return value.parts.map(part => (typeof part === 'string' ? part : String(run(part, lookup)))).join('');
    case 'list':
      return value.items.map(item => evaluate(item, lookup, depth));
    case 'map':
      return Object.fromEntries(value.entries.map(entry => [entry.key, evaluate(entry.value, lookup, depth)]));
    case 'secret':
      throw new RangeError('a secret is not known here');
  }
}
