// Random playbooks in which tasks alter what later tasks look at: few paths, many deeds. For the property of waves.
import fc from 'fast-check';

type Task = Readonly<Record<string, unknown>>;
const ROOT = 'SCRATCH/root';
const folders = [`${ROOT}/x`, `${ROOT}/y`];
const files = [...folders.flatMap(folder => [`${folder}/a`, `${folder}/b`]), `${ROOT}/top`];

const folder = fc.constantFrom(...folders);
const file = fc.constantFrom(...files);
const mode = fc.constantFrom('0600', '0644', '0755');
const word = fc.constantFrom('red', 'green', 'blue');
const register = fc.constantFrom('r1', 'r2', 'r3');

const deeds: readonly fc.Arbitrary<Task>[] = [
  fc.record({ path: folder, mode }).map(args => ({ file: { ...args, state: 'directory' } })),
  fc.record({ path: fc.oneof(file, folder) }).map(args => ({ file: { ...args, state: 'absent' } })),
  fc.record({ path: file, mode }).map(args => ({ file: args })),
  fc.record({ src: file, dest: file }).map(args => ({ file: { ...args, state: 'link', force: true } })),
  fc.record({ dest: file, content: word, mode }).map(args => ({ copy: { ...args, content: `${args.content}\n` } })),
  fc.record({ path: file, line: word, create: fc.boolean() }).map(lineinfile => ({ lineinfile })),
  fc.record({ path: file, block: word }).map(args => ({ blockinfile: { ...args, create: true } })),
  fc.record({ from: file, to: file }).map(({ from, to }) => ({ command: { argv: ['cp', from, to], creates: to } })),
  fc.record({ path: file }).map(({ path }) => ({ command: { argv: ['rm', '-f', path], removes: path } })),
  fc.record({ path: file, text: word }).map(({ path, text }) => ({ shell: `echo ${text} >>${path}`, changed_when: true })),
  fc.record({ path: file, register }).map(one => ({ stat: { path: one.path }, register: one.register })),
  fc.record({ dest: file, register }).map(({ dest, register: name }) => ({
    copy: { dest, content: 'it was there\n' },
    when: `vars.?${name}.?stat.?exists.orValue(false)`,
  })),
];

const task = fc.oneof(...deeds);

/** The YAML of one play (JSON is YAML); every task goes on after an error, so that all of them are compared. */
export const randomPlaybook: fc.Arbitrary<string> = fc
  .array(task, { minLength: 12, maxLength: 24 })
  .map(tasks =>
    JSON.stringify([
      { hosts: 'h1', gather_facts: false, tasks: tasks.map((one, i) => ({ name: `t${i}`, ...one, ignore_errors: true })) },
    ]),
  );
