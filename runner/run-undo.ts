// The inverse of a run, as a playbook made of its journal: files, units, parameters, mounts and objects, the last change first. Pure.
import type { IntentRecord, JournalRecord, Undoable } from './core/journal.ts';
import { MASK } from './core/secret.ts';

/** A task of the playbook, as it is written down. */
export type UndoTask = Readonly<Record<string, unknown>> & { readonly name: string };

export interface UndoPlay {
  readonly name: string;
  readonly hosts: readonly string[];
  readonly gather_facts: false;
  readonly tasks: readonly UndoTask[];
  readonly handlers?: readonly UndoTask[];
}

export interface Inverse {
  readonly plays: readonly UndoPlay[];
  /** Changes that have no inverse, a line each. */
  readonly none: readonly string[];
  /** By the name of a task: what the object must look like, else it has moved since the run. */
  readonly left: ReadonlyMap<string, string>;
}

type Part = NonNullable<Undoable['parts']>[number];

interface Draft {
  readonly tasks: UndoTask[];
  readonly handlers: Map<string, UndoTask>;
  readonly none: string[];
  readonly left: Map<string, string>;
  readonly done: Set<string>;
}

/** Hosts whose lists are the same share a play, so that they are undone side by side. */
export function inverseOf(run: string, records: readonly JournalRecord[]): Inverse {
  const intents = begun(records);
  const hosts = [...new Set(intents.map(hostOf))];
  const left = new Map<string, string>();
  const plays = new Map<string, UndoPlay>();
  const none: string[] = [];
  for (const host of hosts) {
    const own = intents.filter(intent => hostOf(intent) === host);
    const draft: Draft = { tasks: [], handlers: new Map(), none, left, done: new Set() };
    for (const intent of own) undoOne(draft, run, intent, own, records);
    if (draft.tasks.length === 0) continue;
    const play = playOf(run, draft);
    const key = JSON.stringify(play);
    plays.set(key, { ...play, hosts: [...(plays.get(key)?.hosts ?? []), host] });
  }
  return { plays: [...plays.values()], none, left };
}

/** Without what was intended and then not begun, because a change before it failed. */
function begun(records: readonly JournalRecord[]): readonly IntentRecord[] {
  const intents: IntentRecord[] = [];
  for (const record of records) {
    if (record.rec === 'intent') intents.push(record);
    if (record.rec !== 'undone') continue;
    const { host, key, item } = record;
    const at = intents.findLastIndex(one => one.host === host && one.key === key && one.item === item);
    if (at >= 0) intents.splice(at, 1);
  }
  return intents;
}

const hostOf = ({ host, undo }: IntentRecord): string => undo?.delegate ?? host;

/** What was changed first was there first: it is undone last. */
function playOf(run: string, { tasks, handlers }: Draft): UndoPlay {
  const ordered = tasks.toReversed();
  const first = ordered.find(task => /\/systemd\/(system|user)\//.test(JSON.stringify(task['restore'] ?? '')));
  const reload = first
    ? [{ name: 'systemd reads its unit files again', systemd: { daemon_reload: true }, ...becomeOf(first) }]
    : [];
  const again = [...handlers.values()];
  const told = again.length > 0 ? { notify: again.map(({ name }) => name) } : {};
  return {
    name: `undo ${run.slice(0, 8)}`,
    hosts: [],
    gather_facts: false,
    tasks: [...ordered.map(task => ('restore' in task ? { ...task, ...told } : task)), ...reload],
    ...(again.length > 0 ? { handlers: again } : {}),
  };
}

const becomeOf = (task: UndoTask): object => Object.fromEntries(Object.entries(task).filter(([key]) => key.startsWith('become')));

function undoOne(
  draft: Draft,
  run: string,
  intent: IntentRecord,
  all: readonly IntentRecord[],
  records: readonly JournalRecord[],
) {
  const { undo } = intent;
  const { files = [], parts = [] } = undo ?? {};
  if (files.length + parts.length === 0) {
    if (hasChanged(intent, records)) draft.none.push(noneOf(intent));
    return;
  }
  for (const path of files) undoFile(draft, run, intent, path);
  for (const part of parts) undoPart(draft, intent, part, all);
}

/** A command that said that it changed nothing needs no inverse; one whose end is not known may. */
function hasChanged({ host, key, item }: IntentRecord, records: readonly JournalRecord[]): boolean {
  const end = records.find(one => one.rec === 'task' && one.host === host && one.key === key && one.item === item);
  return end?.rec !== 'task' || end.status !== 'ok';
}

const noneOf = ({ host, task, module, changes }: IntentRecord, what?: string): string =>
  `${host}: ${what ?? (changes.join('; ') || task)} (${module}, "${task}")`;

/** `{{` in a path or manifest would be taken for an expression. */
const isPlain = (text: string): boolean => !text.includes('{{') && !text.includes(MASK);

function add(draft: Draft, key: string, { undo }: IntentRecord, task: UndoTask): void {
  if (draft.done.has(key)) return;
  draft.done.add(key);
  const as = undo?.as ? { become: true, become_user: undo.as.user, become_method: undo.as.method } : {};
  // One thing that has moved keeps nobody from undoing the rest.
  draft.tasks.push({ ...task, ignore_errors: true, ...as });
}

function undoFile(draft: Draft, run: string, intent: IntentRecord, path: string): void {
  if (!isPlain(path)) return void draft.none.push(noneOf(intent, path));
  add(draft, path, intent, { name: `put back ${path}`, restore: { path, run, host: '{{ inventory_hostname }}' } });
}

/** The value before the first change, and after the last. */
function undoPart(draft: Draft, intent: IntentRecord, part: Part, all: readonly IntentRecord[]): void {
  const same = all.flatMap(one => one.undo?.parts ?? []).filter(other => familyOf(other) === familyOf(part));
  const whole: Part = { ...part, before: same[0]?.before ?? part.before, after: same.at(-1)?.after ?? part.after };
  const [kind = '', ...words] = part.target.split(' ');
  const name = words.join(' ');
  const task = intent.module === 'k8s' ? objectTask(draft, whole, intent) : partTask(draft, kind, name, whole, intent);
  if (task) add(draft, familyOf(part), intent, task);
  else if (!draft.done.has(familyOf(part))) draft.none.push(noneOf(intent, `${part.target}: ${summed(part)}`));
  draft.done.add(familyOf(part));
}

const summed = ({ before, after }: Part): string =>
  before.includes('\n') || after.includes('\n') ? 'changed' : `${before} -> ${after}`;

/** A unit is enabled, masked and running apart from each other. */
const familyOf = ({ target, after }: Part): string =>
  target.startsWith('unit ') ? `${target} ${after.replace(/^(not |un|in|dis|en)/, '')}` : target;

function partTask(draft: Draft, kind: string, name: string, part: Part, intent: IntentRecord): UndoTask | undefined {
  const { before, after } = part;
  if (!isPlain(name) || !isPlain(before)) return undefined;
  if (kind === 'sysctl' && before !== '')
    return { name: `set ${name} back`, restore: { sysctl: name, before: before.trim(), after: after.trim() } };
  if (kind === 'mount' && before === 'not mounted') return { name: `unmount ${name}`, mount: { path: name, state: 'unmounted' } };
  if (kind !== 'unit') return undefined;
  if (after === 'restarted' || after === 'reloaded') return again(draft, name, after, intent);
  if (/^(enabled|disabled)$/.test(after)) return unit(name, { enabled: before.startsWith('enabled') });
  if (after.endsWith('masked')) return unit(name, { masked: before === 'masked' });
  return unit(name, { state: /^(active|activating|reloading)$/.test(before) ? 'started' : 'stopped' });
}

const unit = (name: string, wish: object): UndoTask => ({
  name: `unit ${name}: ${JSON.stringify(wish).replaceAll(/[{}"]/g, '')}`,
  systemd: { name, ...wish },
});

/** A restart has no inverse, but what was restarted must read the files that are put back. */
function again(draft: Draft, name: string, after: string, { undo }: IntentRecord): undefined {
  const as = undo?.as ? { become: true, become_user: undo.as.user, become_method: undo.as.method } : {};
  draft.handlers.set(name, { name: `${name} ${after} again`, systemd: { name, state: after }, ...as });
  draft.done.add(`unit ${name} ${after}`);
}

function objectTask(draft: Draft, { target, before, after }: Part, { undo, host }: IntentRecord): UndoTask | undefined {
  const definition = before === '' ? after : before;
  if (!isPlain(definition)) return undefined;
  const name = `put back ${target} of ${host}`;
  draft.left.set(name, after);
  return { name, k8s: { ...undo?.args, definition, state: before === '' ? 'absent' : 'present' } };
}
