// What `npm run bench` measures: the standard list (one figure for each claim), the full one, or the product of what the command line names.
export const everyone = ['tsrun', 'limit', 'ansible', 'ansible_new', 'mitogen', 'pyinfra', 'cdist'];
const ours = ['tsrun', 'limit'];
const both = ['first', 'converged'];
const all = ['first', 'converged', 'check'];
const job = (hosts, peers, states, more = {}) => ({ hosts, tasks: 20, delay: 0, peers, states, ...more });

/** Those that say most come first: a run that is broken off has the figures so far. */
const standard = [
  { start: true },
  job(1, everyone, both),
  job(10, ours, both),
  job(10, everyone.slice(2), both),
  job(1, ['tsrun'], ['check']),
  job(10, ['tsrun'], ['check']),
  job(1, [...ours, 'ansible'], ['converged'], { delay: 20 }),
  job(10, [...ours, 'ansible'], ['converged'], { delay: 20 }),
  job(1, ours, both, { tasks: 100 }),
  job(1, ours, both, { tasks: 500 }),
  job(10, ours, ['converged'], { tasks: 100 }),
  job(10, ours, ['converged'], { tasks: 500 }),
  job(50, ours, both),
  job(200, ours, both),
  job(1000, ours, both),
];

const full = [
  { start: true },
  ...[1, 10, 50, 200, 1000].map(hosts => job(hosts, everyone, all)),
  ...[1, 10].map(hosts => job(hosts, everyone, all, { delay: 20 })),
  ...[50, 200].map(hosts => job(hosts, ours, all, { delay: 20 })),
  ...[100, 500].flatMap(tasks => [1, 10].map(hosts => job(hosts, everyone, all, { tasks }))),
  ...[100, 500].map(tasks => job(50, ours, both, { tasks })),
];

const numbers = text => text.split(',').map(Number);

/** `values` are the flags of the command line as they were given. */
export function planOf(values) {
  if (values.full) return full;
  const axes = ['hosts', 'tasks', 'delay', 'peers', 'states'];
  if (axes.every(name => values[name] === undefined)) return standard;
  const { hosts = '1,10', tasks = '20', delay = '0', peers = everyone.join(','), states = all.join(',') } = values;
  const jobs = numbers(delay).flatMap(delay =>
    numbers(tasks).flatMap(tasks =>
      numbers(hosts).map(hosts => job(hosts, peers.split(','), states.split(','), { tasks, delay })),
    ),
  );
  return peers.split(',').includes('start') ? [{ start: true }] : jobs;
}
