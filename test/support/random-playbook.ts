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

/** Deeds that fail, before or after others in the same round trip. */
const failures: readonly fc.Arbitrary<Task>[] = [
  fc
    .record({ path: file, text: word })
    .map(({ path, text }) => ({ shell: `echo ${text} >>${path}; exit 3`, changed_when: true })),
  fc.record({ path: file }).map(({ path }) => ({ command: { argv: ['cp', `${ROOT}/never`, path] } })),
  fc.record({ dest: file }).map(({ dest }) => ({ copy: { dest, content: 'bad\n', validate: 'grep -q good %s' } })),
  fc.constant({ fail: { msg: 'no further' } }),
];

/** What stands between tasks, and more than one deed of a task. */
const others: readonly fc.Arbitrary<Task>[] = [
  fc.constant({ debug: { msg: 'here' } }),
  fc.record({ register }).map(one => ({ assert: { that: [`!vars.?${one.register}.?failed.orValue(false)`] } })),
  fc
    .record({ word, register })
    .map(({ word: value, register: name }) => ({ set_fact: { [name]: { stat: { exists: value === 'red' } } } })),
  fc.constant({ meta: 'flush_handlers' }),
  fc.record({ mode }).map(args => ({ file: { path: '{{ item }}', state: 'directory', ...args }, loop: folders })),
  fc.record({ text: word }).map(({ text }) => ({ lineinfile: { path: '{{ item }}', line: text, create: true }, loop: files })),
  fc.record({ text: word }).map(({ text }) => ({ shell: `echo ${text}`, changed_when: false, failed_when: 'false' })),
  fc.record({ dest: file, register }).map(({ dest, register: name }) => ({
    copy: { dest, content: 'it changed\n' },
    when: `vars.?${name}.?changed.orValue(false)`,
  })),
];

const bare = fc.oneof(
  { weight: 8, arbitrary: fc.oneof(...deeds) },
  { weight: 1, arbitrary: fc.oneof(...failures) },
  { weight: 2, arbitrary: fc.oneof(...others) },
);

/** Most go on after an error, so that many are compared; some notify. */
const task = fc
  .record({ one: bare, ignored: fc.integer({ min: 0, max: 9 }), notify: fc.integer({ min: 0, max: 5 }), register })
  .map(({ one, ignored, notify, register: name }) => ({
    ...one,
    ...(ignored > 1 && !('meta' in one) ? { ignore_errors: true } : {}),
    ...(notify === 0 && !('meta' in one) ? { notify: 'tell' } : notify === 1 && !('meta' in one) ? { register: name } : {}),
  }));

const named = (tasks: readonly Task[], from: string): readonly Task[] =>
  tasks.map((one, i) => ('meta' in one ? one : { name: `${from}${i}`, ...one }));

const handlers: readonly Task[] = [
  { name: 'tell', shell: `echo told >>${ROOT}/told` },
  { name: 'tell too', listen: 'tell', copy: { dest: `${ROOT}/told too`, content: 'told\n' } },
];

/** The YAML of one play (JSON is YAML): tasks, a block with a rescue, tasks, handlers. */
export const randomPlaybook: fc.Arbitrary<string> = fc
  .record({
    first: fc.array(task, { minLength: 6, maxLength: 12 }),
    inner: fc.array(task, { minLength: 2, maxLength: 6 }),
    rescue: fc.array(task, { minLength: 1, maxLength: 2 }),
    last: fc.array(task, { minLength: 4, maxLength: 8 }),
  })
  .map(({ first, inner, rescue, last }) =>
    JSON.stringify([
      {
        hosts: 'h1',
        gather_facts: false,
        tasks: [
          ...named(first, 't'),
          { block: named(inner, 'b'), rescue: named(rescue, 'r'), always: named(last.slice(0, 2), 'a') },
          ...named(last.slice(2), 'u'),
        ],
        handlers,
      },
    ]),
  );
