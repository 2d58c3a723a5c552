// bench/results.json as Markdown: the claims with their ratios, then a table a state. It measures nothing.
const order = ['limit', 'tsrun', 'ansible', 'ansible_new', 'mitogen', 'pyinfra', 'cdist'];
const number = (value, digits) => (value === null || value === undefined ? '' : value.toFixed(digits));
const kb = bytes => (bytes === undefined ? '' : (bytes / 1024).toFixed(1));
const ratio = (a, b) => (a && b ? a / b : undefined);

/** The wall time of a cell, or nothing. */
const finder =
  rows =>
  (peer, state, hosts, more = {}) => {
    const want = { peer, state, hosts, tasks: 20, delay: 0, ...more };
    return rows.find(row => Object.entries(want).every(([name, value]) => row[name] === value));
  };

const atMost = (goal, unit) => ({ goal: `at most ${goal}${unit}`, holds: value => value <= goal, unit });
const atLeast = (goal, unit) => ({ goal: `at least ${goal}${unit}`, holds: value => value >= goal, unit });

/** Each claim of the project about speed: what is compared, the goal, and the figure where all of its cells were measured. */
function claims(rows) {
  const cell = finder(rows);
  const wall = (...where) => cell(...where)?.wall;
  const tsrun = (...where) => wall('tsrun', ...where);
  const best = (...where) => {
    const known = ['ansible', 'ansible_new'].map(peer => wall(peer, ...where)).filter(Boolean);
    return known.length > 0 ? Math.min(...known) : undefined;
  };
  const slow = { delay: 20 };
  const small = tsrun('converged', 200);
  const big = cell('tsrun', 'converged', 1000);
  return [
    ...[1, 10, 50, 200, 1000].map(hosts => [
      `converged, ${hosts} ${hosts === 1 ? 'host' : 'hosts'}: tsrun to the limit`,
      atMost(1.5, 'x'),
      ratio(tsrun('converged', hosts), wall('limit', 'converged', hosts)),
    ]),
    ["converged, 10 hosts: Ansible's best to tsrun", atLeast(40, 'x'), ratio(best('converged', 10), tsrun('converged', 10))],
    ['converged, 10 hosts: mitogen to tsrun', atLeast(20, 'x'), ratio(wall('mitogen', 'converged', 10), tsrun('converged', 10))],
    ['converged, 10 hosts: pyinfra to tsrun', atLeast(20, 'x'), ratio(wall('pyinfra', 'converged', 10), tsrun('converged', 10))],
    ["first run, 1 host: Ansible's best to tsrun", atLeast(8, 'x'), ratio(best('first', 1), tsrun('first', 1))],
    ["first run, 10 hosts: Ansible's best to tsrun", atLeast(8, 'x'), ratio(best('first', 10), tsrun('first', 10))],
    [
      "20 ms, converged, 1 host: Ansible's best to tsrun",
      atLeast(12, 'x'),
      ratio(best('converged', 1, slow), tsrun('converged', 1, slow)),
    ],
    [
      "20 ms, converged, 10 hosts: Ansible's best to tsrun",
      atLeast(28, 'x'),
      ratio(best('converged', 10, slow), tsrun('converged', 10, slow)),
    ],
    ...[1, 10].map(hosts => [
      `converged, ${hosts} ${hosts === 1 ? 'host' : 'hosts'}: 500 tasks to 20 tasks`,
      atMost(2, 'x'),
      ratio(tsrun('converged', hosts, { tasks: 500 }), tsrun('converged', hosts)),
    ]),
    ['converged: round trips a host', atMost(2, ''), cell('tsrun', 'converged', 10)?.trips ?? undefined],
    ['1,000 hosts: largest process', atMost(400, ' MB'), big?.largest],
    ['1,000 hosts to 200 hosts, by host (linear is 1)', atMost(1.2, 'x'), big && small ? big.wall / small / 5 : undefined],
    ['start to the first byte on the wire', atMost(150, ' ms'), wall('tsrun', 'first byte', 1) * 1000],
    ['--syntax-check of the site', atMost(300, ' ms'), wall('tsrun', 'syntax-check', 1) * 1000],
    ['--help', atMost(120, ' ms'), wall('tsrun', 'help', 1) * 1000],
  ].filter(([, , value]) => Number.isFinite(value));
}

function claimTable(rows) {
  const lines = claims(rows).map(([what, { goal, holds, unit }, value]) => {
    const shown = value >= 100 || (!unit && Number.isInteger(value)) ? Math.round(value) : value.toFixed(1);
    return `| ${what} | ${goal} | ${shown}${unit} | ${holds(value) ? 'yes' : '**no**'} |`;
  });
  return ['| what | goal | measured | holds |', '|---|---|---|---|', ...lines].join('\n');
}

const byPlace = (a, b) =>
  a.delay - b.delay || a.tasks - b.tasks || a.hosts - b.hosts || order.indexOf(a.peer) - order.indexOf(b.peer);

function line(row, rows) {
  const place = [row.hosts, row.tasks, row.delay || '', row.title];
  if (row.problem)
    return `| ${place.join(' | ')} | ${row.problem.replaceAll(/\s+/g, ' ').replaceAll('|', '/')} | | | | | | | | | | |`;
  const cell = finder(rows);
  const than = peer => number(ratio(row.wall, cell(peer, row.state, row.hosts, { tasks: row.tasks, delay: row.delay })?.wall), 1);
  const figures = [
    `${number(row.wall, 2)}${row.n > 1 ? ` (${number(row.least, 2)}-${number(row.most, 2)})` : ''}`,
    row.n,
    than('limit'),
    than('tsrun'),
    number(row.cpu, 2),
    number(row.largest, 0),
    number(row.memory, 0),
    kb(row.sent),
    kb(row.received),
    number(row.turns, 0),
    row.trips ?? '',
  ];
  return `| ${[...place, ...figures].join(' | ')} |`;
}

function stateTable(rows, state) {
  const own = rows.filter(row => row.state === state).sort(byPlace);
  if (own.length === 0) return '';
  const titles = [
    'hosts',
    'tasks',
    'RTT ms',
    'runner',
    'wall s (least-most)',
    'n',
    'x limit',
    'x tsrun',
    'CPU s',
    'largest MB',
    'all MB',
  ];
  const head = [...titles, 'KB sent', 'KB received', 'turns', 'round trips'];
  return `## ${{ first: 'First run', converged: 'Converged run', check: 'Check run of converged hosts' }[state]}

| ${head.join(' | ')} |
|${'---|'.repeat(head.length)}
${own.map(row => line(row, rows)).join('\n')}
`;
}

const versions = rows =>
  order
    .map(peer => rows.find(row => row.peer === peer))
    .filter(Boolean)
    .map(({ title, version, problem }) => (version ? `- ${title}: ${version}` : `- ${title}: ${problem}`));

/** `machine` is one sentence. */
export function reportOf(rows, machine) {
  const loads = rows.map(row => row.load).filter(load => load !== undefined && load !== null);
  const [from, to] = [Math.min(...loads), Math.max(...loads)].map(load => load.toFixed(1));
  const noted = rows.filter(row => row.state === '-' || !row.state);
  return `# Benchmark

Written by \`npm run bench\` from bench/results.json, which gathers the runs of several calls. ${machine}
Load average before each cell: ${from} to ${to}; above 1 other work took its share, and ratios are worth more than seconds.

![wall time by hosts, tasks and round trip](RESULTS.svg)

The workload (bench/workload) is 20 tasks of a site's set-up; more tasks are the same once more in a folder beside. N hosts are N loopback
addresses of one sshd with a state folder each: **controller and hosts share the machine**, so from 10 hosts on the wall time is mostly the
hosts' own work. First run: every task changes. Converged: none does. Every run is cold: no connection, no ssh master is kept. After every run
a checker compares all files, modes and links of all hosts with the end state, and whether a converged or check run wrote anything; a peer
that differs is marked wrong.

${[...versions(rows)].join('\n')}

Settings: Ansible with pipelining, ControlPersist, 50 forks, no facts, the interpreter given; mitogen the same with mitogen_linear; pyinfra
with --parallel 50 and -y (no round of change detection; check is --dry); cdist with multiplexing, one process a host, 50 at once, since its
hosts share a disk here. The limit is a script of 20 conditions a host on ssh2, 50 hosts at once: no parsing, no templates, no results by task.

- **wall**: the whole process, the median of n runs after a warm-up (what takes over 4 s counts its warm-up as a run).
- **CPU**: user and system of all that the controller started, ssh masters included, sshd and its children not.
- **largest MB**: resident set of its largest process. **all MB**: peak of all its processes together, shared pages once, sampled each second.
- **KB, turns**: a host, through a relay that counts; a turn is one or more packets of the controller after something that the host said,
  handshake included. **round trips**: as tsrun counts them, after the authentication.
- **RTT 20 ms**: through a relay that holds every chunk back for 10 ms each way, and the first for a TCP handshake; no cap on throughput.

## Claims

${claimTable(rows)}

${['converged', 'first', 'check'].map(state => stateTable(rows, state)).join('\n')}${noted.length > 0 ? `\n## Not run\n\n${noted.map(row => `- ${row.title}, ${row.hosts} hosts: ${row.problem}`).join('\n')}\n` : ''}`;
}
