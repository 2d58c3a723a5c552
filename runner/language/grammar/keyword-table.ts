// What each keyword takes and does, as JSON Schema: for `tsrun doc keywords` and for editors. The grammar itself reads none of it.
import type { JsonSchema } from '../../core/types.ts';

const flag = { type: ['boolean', 'string'] };
const text = { type: 'string' };
const number = { type: ['number', 'string'] };
const texts = { type: ['string', 'array'] };
const map = { type: ['object', 'string'] };
const list = { type: ['array', 'string'] };
const condition = { type: ['boolean', 'string', 'array'] };
const tasks = { $ref: '#/definitions/tasks' };
const row = (schema: JsonSchema, description: string): JsonSchema => ({ ...schema, description });

// biome-ignore format: one row a keyword.
const common: Readonly<Record<string, JsonSchema>> = {
  any_errors_fatal: row(flag, 'A failure on one host ends the play on all.'),
  become: row(flag, 'Run as another user (become_user, root by default).'),
  become_exe: row(text, 'The program that changes the user.'),
  become_flags: row(text, 'More words for that program.'),
  become_method: row(text, 'How: sudo, su or doas.'),
  become_user: row(text, 'The user to run as.'),
  check_mode: row(flag, 'true: only look, also in a real run; false: do it, also in a check run.'),
  collections: row(list, 'Accepted and ignored: short names of modules are always found.'),
  connection: row(text, 'ssh, local or kubernetes.'),
  debugger: row(text, 'Accepted and ignored.'),
  diff: row(flag, 'Show the changes as diffs.'),
  environment: row({ type: ['object', 'array', 'string'] }, 'Environment variables of what is run on the host.'),
  ignore_errors: row(flag, 'Go on after a failure.'),
  ignore_unreachable: row(flag, 'Go on where the host cannot be reached.'),
  module_defaults: row({ type: 'object' }, 'Arguments by module, for all tasks inside.'),
  name: row(text, 'What is shown and reported.'),
  no_log: row(flag, 'Show neither arguments nor results.'),
  port: row(number, 'The port of the connection.'),
  remote_user: row(text, 'The user to log in as.'),
  run_once: row(flag, 'Run on the first host alone; all get the result.'),
  tags: row(texts, 'Names by which --tags and --skip-tags choose; always and never are special.'),
  throttle: row(number, 'At most so many hosts at once.'),
  timeout: row(number, 'Seconds that a task may take.'),
  vars: row({ type: ['object', 'array'] }, 'Variables for all inside.'),
  when: row(condition, 'A CEL expression without braces, or a list of them that must all hold.'),
  delegate_to: row(text, 'Run it on another host, with the variables of this one.'),
  delegate_facts: row(flag, 'Facts go to the host that it was delegated to.'),
  notify: row(texts, 'Handlers to run at the end of the section where this changed something.'),
};

// biome-ignore format: one row a keyword.
const ofPlays: Readonly<Record<string, JsonSchema>> = {
  hosts: row(texts, 'The pattern of hosts: a group, a host, `web:!canary`, `all`.'),
  gather_facts: row(flag, 'false: never; true: at the start. Left out: where something reads them.'),
  gather_subset: row(list, 'Which facts.'),
  gather_timeout: row(number, 'Seconds that gathering may take.'),
  fact_path: row(text, 'The folder of local facts on the host.'),
  force_handlers: row(flag, 'Run notified handlers on failed hosts too.'),
  handlers: row(tasks, 'Tasks that run once, at the end, where they were notified.'),
  max_fail_percentage: row(number, 'End the play when more of its hosts have failed.'),
  order: row({ enum: ['inventory', 'reverse_inventory', 'sorted', 'reverse_sorted', 'shuffle'] }, 'The order of the hosts.'),
  pre_tasks: row(tasks, 'Tasks before the roles.'),
  post_tasks: row(tasks, 'Tasks after tasks and their handlers.'),
  roles: row({ type: 'array', items: { $ref: '#/definitions/role' } }, 'Roles to run, in order.'),
  serial: row({ type: ['integer', 'string', 'array'] }, 'Hosts at a time: a number, a percentage, or a list of these.'),
  strategy: row({ enum: ['free', 'linear', 'host_pinned'] }, 'linear: each task on all hosts before the next; else hosts run ahead of each other.'),
  tasks: row(tasks, 'What is to be so on each host.'),
  vars_files: row(list, 'Files of variables; of a list inside the list, the first that is there.'),
  vars_prompt: row({ type: 'array', items: { type: 'object' } }, 'Variables that are asked for before the play.'),
};

const ofBlocks: Readonly<Record<string, JsonSchema>> = {
  block: row(tasks, 'Tasks that share keywords.'),
  rescue: row(tasks, 'What runs where the block failed.'),
  always: row(tasks, 'What runs in any case.'),
};

const loop = (description: string): JsonSchema => row({}, description);

// biome-ignore format: one row a keyword.
const ofTasks: Readonly<Record<string, JsonSchema>> = {
  action: row(map, 'The module with its arguments in one text or map.'),
  local_action: row(map, 'The same, on the runner.'),
  args: row(map, 'More arguments of the module.'),
  async: row(number, 'Seconds that the task may run in the background.'),
  poll: row(number, 'Seconds between two looks at it; 0: do not wait.'),
  changed_when: row(condition, 'Whether it counts as changed.'),
  failed_when: row(condition, 'Whether it counts as failed.'),
  until: row(condition, 'Try again until this holds.'),
  retries: row(number, 'How often (3).'),
  delay: row(number, 'Seconds between two tries (5).'),
  loop: loop('Once for each item of a list.'),
  loop_control: row({
    type: 'object',
    additionalProperties: false,
    properties: { loop_var: text, index_var: text, label: {}, pause: number, extended: flag, extended_allitems: flag },
  }, 'Names of the loop variables, label, pause.'),
  register: row(text, 'The variable that gets the result.'),
  revert_unless_reached: row({}, 'Seconds in which a new connection must work, else the host takes the change back; false; or within and reload.'),
  touches: row(list, 'Footprints that a command changes, such as file:/etc/fstab; none is written as [].'),
  listen: row(texts, 'Other names by which this handler is notified.'),
  with_items: loop('Once for each item; lists in the list are opened once.'),
  with_list: loop('Once for each item.'),
  with_dict: loop('Once for each key and value of a map.'),
  with_fileglob: loop('Once for each file of the runner that fits.'),
  with_sequence: loop('Once for each number: start=1 end=9 stride=2 format=node%02d.'),
  with_nested: loop('Once for each combination of lists.'),
  with_cartesian: loop('Once for each combination of lists.'),
  with_subelements: loop('Once for each element of a list inside each item.'),
  with_together: loop('Once for each row of lists side by side.'),
  with_indexed_items: loop('Once for each item with its number.'),
  with_flattened: loop('Once for each item, all lists opened.'),
  with_first_found: loop('Once, with the first file that is there.'),
  with_random_choice: loop('Once, with one item by chance.'),
  with_lines: loop('Once for each line that a command on the runner prints.'),
  with_file: loop('Once for each text of a file of the runner.'),
  with_inventory_hostnames: loop('Once for each host of a pattern.'),
};

const role = row(text, 'The name of the role.');

/** Every keyword of the language, whatever its place. */
export const keywordTable: Readonly<Record<string, JsonSchema>> = { ...common, ...ofPlays, ...ofBlocks, ...ofTasks, role };
