// The value of text that must be known before the run: extra variables and the play's own may stand in it, no host's.
import type { Layer, Value } from '../../core/site.ts';
import { fault } from '../../core/fault.ts';
import { answer, type Lookup, run } from '../expression.ts';
import type { World } from '../functions/table.ts';
import type { YamlNode } from '../node.ts';
import { Faulty, Misuse, Trouble } from '../signals.ts';
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
  const made = knownValue(word, node, layers, work);
  if (made === undefined) return undefined;
  if (Array.isArray(made)) return made.join(',');
  return typeof made === 'string' || typeof made === 'number' ? String(made) : refused(word, 'text', node, work);
}

export function knownFlag(word: string, node: YamlNode, layers: readonly Layer[], work: Work): boolean | undefined {
  const made = knownValue(word, node, layers, work);
  // -e gives texts.
  const truth = typeof made === 'string' ? truths[made.toLowerCase()] : made;
  if (typeof truth === 'boolean') return truth;
  return made === undefined ? undefined : refused(word, 'true or false', node, work);
}

const truths: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  '1': true,
  false: false,
  no: false,
  off: false,
  '0': false,
};

function refused(word: string, wanted: string, node: YamlNode, work: Work): undefined {
  const mend = 'give it by -e or in the vars of the play';
  work.faults.push(
    fault('E208', { what: `"${word}" must be known before the run`, at: node.span, why: `it gives no ${wanted}`, mend }),
  );
}

function knownValue(word: string, node: YamlNode, layers: readonly Layer[], work: Work): unknown {
  const value = toValue(node, work.faults);
  for (const { references } of expressionsIn(value)) for (const { path } of references) work.read.add(path[0] as string);
  const found = answer(() => evaluate(value, lookupOf(layers, work)));
  if (found.is === 'known') return found.value ?? undefined;
  if (found.is === 'unknown') return refused(word, 'value', node, work);
  const hint = `"${word}" must be known before the run: give it by -e or in the vars of the play`;
  work.faults.push(...found.faults.map(one => ({ ...one, mend: `${one.mend}; ${hint}` })));
  return undefined;
}

const deepest = 50;

function lookupOf(layers: readonly Layer[], work: Work, depth = 0): Lookup {
  const all = [...layers, work.extra];
  const magic: Readonly<Record<string, unknown>> = { groups: Object.fromEntries(work.inventory.groups) };
  return {
    get: name => {
      const found = all.findLast(layer => layer.vars.has(name))?.vars.get(name);
      if (depth > deepest) throw circle(name);
      return found ? evaluate(found, lookupOf(layers, work, depth + 1)) : magic[name];
    },
    names: () => [...all.flatMap(layer => [...layer.vars.keys()]), ...Object.keys(magic)],
    world: worldOf(work),
  };
}

const circle = (name: string): Trouble =>
  new Trouble('E311', {
    what: `"${name}" is defined by itself`,
    why: 'its value names it again',
    mend: 'give one of them another name',
  });

function evaluate(value: Value, lookup: Lookup): unknown {
  switch (value.is) {
    case 'plain':
      return value.value;
    case 'expression':
      return run(value.expression, lookup);
    case 'text':
      return value.parts.map(part => (typeof part === 'string' ? part : String(run(part, lookup)))).join('');
    case 'list':
      return value.items.map(item => evaluate(item, lookup));
    case 'map':
      return Object.fromEntries(value.entries.map(entry => [entry.key, evaluate(entry.value, lookup)]));
    case 'secret':
      throw new Faulty([
        fault('E208', {
          what: 'a secret cannot stand here',
          at: value.span,
          why: 'it is decrypted for tasks alone',
          mend: 'write the value itself',
        }),
      ]);
  }
}
