// The arguments of a task, made once its module is open: only then is it known which text is free-form. Renders nothing.
import { fault } from '../../core/fault.ts';
import type { Task, Value } from '../../core/site.ts';
import type { Fault } from '../../core/types.ts';
import { compileExpression } from '../expression.ts';
import type { MapNode, YamlNode } from '../node.ts';
import { plain, toConditions, toValue } from '../value.ts';
import { variableNameFault } from '../variable-name.ts';
import { argsNode } from './args.ts';
import { entryOf, kindName, mapOf } from './fields.ts';
import type { Call } from './module-of.ts';
import type { Inherited, Work } from './work.ts';
import { wordFreeForm, wordSchemas } from './words.ts';

export function argsOfTask(task: Task, call: Call, own: Inherited, work: Work): void {
  const finish = (): void => {
    const schema = wordSchemas[call.module] ?? work.modules?.get(call.module)?.args;
    const freeForm = task.isWord ? wordFreeForm[call.module] : work.modules?.get(call.module)?.freeForm;
    const node = argsNode({ ...call, defaults: own.moduleDefaults, freeForm, schema }, work.faults);
    (task as { args: Value }).args = valueOf(call.module, withoutApply(task, node, work), work.faults);
  };
  if (task.isWord || work.modules?.get(call.module)) finish();
  else work.later.push(finish);
}

/** Keywords are no values: they wait for the include. */
function withoutApply(task: Task, node: YamlNode, work: Work): YamlNode {
  if (node.kind !== 'map' || !task.module.startsWith('include_')) return node;
  const apply = entryOf(node, 'apply');
  const map = apply && mapOf('apply', apply.value, work.faults);
  if (map) work.applies.set(task, map);
  return apply ? { ...node, entries: node.entries.filter(entry => entry !== apply) } : node;
}

/** Always a map of entries, so that each argument keeps its place. */
function valueOf(module: string, node: YamlNode, faults: Fault[]): Value {
  if (node.kind !== 'map' || module === 'meta') return toValue(node, faults);
  if (module === 'set_fact') checkNames(node, faults);
  const entries = node.entries.map(({ key, keySpan, value }) => ({ key, keySpan, value: argument(module, key, value, faults) }));
  return { is: 'map', entries, span: node.span };
}

function checkNames(node: MapNode, faults: Fault[]): void {
  for (const { key, keySpan } of node.entries) {
    const bad = variableNameFault(key, keySpan);
    if (bad) faults.push(bad);
  }
}

function argument(module: string, key: string, node: YamlNode, faults: Fault[]): Value {
  if (module === 'assert' && key === 'that')
    return {
      is: 'list',
      items: toConditions(node, faults).map(expression => ({ is: 'expression', expression, span: expression.span })),
      span: node.span,
    };
  if (module === 'debug' && key === 'var') return shownVariable(node, faults);
  return toValue(node, faults);
}

/** `debug: var=` takes an expression without braces. */
function shownVariable(node: YamlNode, faults: Fault[]): Value {
  if (node.kind !== 'scalar' || typeof node.value !== 'string') {
    faults.push(
      fault('E208', {
        what: '"var" must be the name of a variable',
        at: node.span,
        why: `it is ${kindName(node)}`,
        mend: 'write the name, or use "msg"',
      }),
    );
    return plain(null, node.span);
  }
  if (node.value.includes('{{')) return toValue(node, faults);
  const { expression, faults: found } = compileExpression(node.value, node.span);
  faults.push(...found);
  return expression ? { is: 'expression', expression, span: node.span } : plain(null, node.span);
}

/** Runs what waited for the modules. */
export function finishAll(work: Work): void {
  for (const finish of work.later.splice(0)) finish();
}
