// Every keyword of the language and the places where it may stand. Data and its look-up; reads no value.
import { didYouMean, fault } from '../../core/fault.ts';
import type { Fault, Span } from '../../core/types.ts';

export type Place = 'play' | 'block' | 'task' | 'handler' | 'role';

const everywhere = [
  'any_errors_fatal',
  'become',
  'become_exe',
  'become_flags',
  'become_method',
  'become_user',
  'check_mode',
  'collections',
  'connection',
  'debugger',
  'diff',
  'environment',
  'ignore_errors',
  'ignore_unreachable',
  'module_defaults',
  'name',
  'no_log',
  'port',
  'remote_user',
  'run_once',
  'tags',
  'throttle',
  'timeout',
  'vars',
] as const;
const inTasks = ['when', 'delegate_to', 'delegate_facts'] as const;
const ofTasks = [
  'action',
  'local_action',
  'args',
  'async',
  'poll',
  'changed_when',
  'failed_when',
  'until',
  'retries',
  'delay',
  'loop',
  'loop_control',
  'register',
  'notify',
  'touches',
  'revert_unless_reached',
  'with_items',
  'with_list',
  'with_dict',
  'with_fileglob',
  'with_sequence',
  'with_nested',
  'with_cartesian',
  'with_subelements',
  'with_together',
  'with_indexed_items',
  'with_flattened',
  'with_first_found',
  'with_random_choice',
  'with_lines',
  'with_file',
  'with_inventory_hostnames',
] as const;

const places: Readonly<Record<Place, ReadonlySet<string>>> = {
  play: new Set<string>([
    ...everywhere,
    'hosts',
    'gather_facts',
    'gather_subset',
    'gather_timeout',
    'fact_path',
    'force_handlers',
    'handlers',
    'max_fail_percentage',
    'order',
    'pre_tasks',
    'post_tasks',
    'roles',
    'serial',
    'strategy',
    'tasks',
    'vars_files',
    'vars_prompt',
  ]),
  block: new Set<string>([...everywhere, ...inTasks, 'block', 'rescue', 'always', 'notify']),
  task: new Set<string>([...everywhere, ...inTasks, ...ofTasks]),
  handler: new Set<string>([...everywhere, ...inTasks, ...ofTasks, 'listen']),
  role: new Set<string>([...everywhere, ...inTasks, 'role']),
};

export const isKeyword = (place: Place, word: string): boolean => places[place].has(word);
export const keywordsOf = (place: Place): Iterable<string> => places[place];

const plural: Readonly<Record<Place, string>> = {
  play: 'plays',
  block: 'blocks',
  task: 'tasks',
  handler: 'handlers',
  role: 'entries of "roles"',
};

/** Where a word that is none at this place may stand. */
export function placesOf(word: string): readonly string[] {
  return (Object.keys(places) as Place[]).filter(place => places[place].has(word)).map(place => plural[place]);
}

export function unknownKeyword(place: Place, word: string, at: Span, more: Iterable<string> = []): Fault {
  const elsewhere = placesOf(word);
  const near = didYouMean(word, [...places[place], ...more]);
  return fault('E201', {
    what: `unknown keyword "${word}" on ${place === 'role' ? 'an entry of "roles"' : `a ${place}`}`,
    at,
    why: elsewhere.length > 0 ? `"${word}" stands on ${elsewhere.join(', ')}` : `a ${place} has no such keyword`,
    mend:
      elsewhere.length > 0 ? `move it to where it belongs` : near ? `did you mean "${near}"?` : 'remove it (tsrun doc keywords)',
  });
}
