// Inputs of a role, for each host: they are given, fit their schema, keep the role's own checks, and are unique where it says so.
import { fault } from '../../core/fault.ts';
import { compileSchema } from '../../core/schema.ts';
import { schemaFaults } from '../../core/schema-faults.ts';
import type { Expression, Task, Value } from '../../core/site.ts';
import type { Span } from '../../core/types.ts';
import { answer, run } from '../expression.ts';
import type { UsedRole } from '../grammar/work.ts';
import { settle } from '../lazy.ts';
import type { RoleInput } from '../role.ts';
import { classesOf, groundOf, type HostClass } from './classes.ts';
import { closureOf, writtenAt } from './closure.ts';
import { pathFaults, withOthers } from './names.ts';
import type { Walk } from './play.ts';
import { type Sight, sightOf } from './sight.ts';
import { noLocals } from './state.ts';
import { typoFaults } from './typos.ts';

export function checkInputs(use: UsedRole, walk: Walk): void {
  const place = placeOf(use);
  for (const input of use.role.inputs) checkInput(input, use, place, walk);
  for (const name of use.role.uses) checkUsed(name, use, place, walk);
  for (const check of use.role.checks) {
    eachClass([check.that], place, walk, (sight, group) => {
      const held = answer(() => run(check.that, sight.scope));
      if (held.is === 'known') add(typoFaults(check.that, sight), group, walk);
      if (held.is === 'known' && held.value === true) return;
      if (held.is === 'unknown') return add(pathFaults(check.that, sight), group, walk);
      const broken = fault('E215', {
        what: `role "${use.role.name}": ${check.message}`,
        at: use.at,
        why: `${check.that.text} does not hold`,
        mend: 'give the role other inputs',
      });
      add(held.is === 'fault' ? withOthers(held.faults, check.that, sight) : [broken], group, walk);
    });
  }
}

/** Where the inputs get their values: the place of a task in the role. */
function placeOf({ inherited, role, at }: UsedRole): Task {
  const { layers, frame } = inherited;
  return {
    kind: 'task',
    id: 0,
    name: '',
    module: 'meta',
    isWord: true,
    span: at,
    role: role.name,
    frame,
    layers,
    args: { is: 'plain', value: {}, span: at },
  } as unknown as Task;
}

type Each = (sight: Sight, group: HostClass) => void;

/** `own`: to look at an input is not to use it. */
function eachClass(values: readonly (Value | Expression)[], place: Task, walk: Walk, each: Each, own?: string): void {
  const { state, of } = walk;
  const closure = closureOf(values, groundOf(of, state, place.layers, new Set()));
  for (const name of closure.names) if (name !== own) state.read.add(name);
  if (closure.facts) of.needsFacts = true;
  for (const group of classesOf(closure, of, state)) {
    const sight = sightOf(state, of.play, place, group.host, noLocals, []);
    if (sight) each(sight, group);
  }
}

const add = (faults: readonly ReturnType<typeof fault>[], group: HostClass, { state, of }: Walk): void => {
  for (const found of faults) state.findings.add(found, group.hosts, of.play.hosts);
};

/** Reads the variable of the name, as a task of the role would. */
const reading = (name: string, span: Span): Value => ({
  is: 'text',
  parts: [{ text: name, span, references: [{ path: [name], span, optional: false }], program: null }],
  span,
});

function checkInput(input: RoleInput, use: UsedRole, place: Task, walk: Walk): void {
  const seen = new Map<string, string>();
  const validate = compileSchema(input.schema);
  eachClass(
    [reading(input.name, use.at)],
    place,
    walk,
    (sight, group) => {
      if (sight.on.unknown.has(input.name)) return;
      const written = writtenAt(input.name, place.layers, sight.host, walk.state.site.extra);
      const at = written?.span ?? use.at;
      if (!written) return void (input.required && add([missing(input, use)], group, walk));
      const found = answer(() => settle(sight.scope.get(input.name)));
      if (found.is === 'fault') return add(withOthers(found.faults, written, sight), group, walk);
      if (found.is === 'unknown') return add(pathFaults(written, sight), group, walk);
      add(typoFaults(written, sight), group, walk);
      const errors = validate(found.value).map(error => ({ ...error, path: [input.name, ...error.path] }));
      add(
        schemaFaults(errors, () => at, `role ${use.role.name}`).map(one => ({ ...one, code: 'E215' })),
        group,
        walk,
      );
      if (input.secret && typeof found.value === 'string') walk.state.redactor?.add(found.value);
      if (input.unique) checkUnique(input, found.value, group, at, seen, walk);
    },
    input.name,
  );
}

const missing = (input: RoleInput, use: UsedRole) =>
  fault('E215', {
    what: `role "${use.role.name}" needs "${input.name}"`,
    at: use.at,
    why: 'nothing defines it, and it has no default',
    mend: `define ${input.name} in the inventory or beside the role`,
  });

function checkUnique(input: RoleInput, value: unknown, group: HostClass, at: Span, seen: Map<string, string>, walk: Walk): void {
  const key = JSON.stringify(value);
  const twin = group.hosts[1] ?? seen.get(key);
  seen.set(key, group.host);
  if (twin === undefined) return;
  const why = `${twin} and ${group.host} both have ${key}`;
  walk.state.findings.add(
    fault('E215', {
      what: `"${input.name}" must differ between hosts`,
      at,
      why,
      mend: 'give each host a value of its own in host_vars',
    }),
  );
}

function checkUsed(name: string, use: UsedRole, place: Task, walk: Walk): void {
  eachClass([reading(name, use.at)], place, walk, (sight, group) => {
    const faults = pathFaults(reading(name, use.at), sight).map(found => ({
      ...found,
      why: `role "${use.role.name}" uses it; ${found.why}`,
    }));
    add(faults, group, walk);
  });
}
