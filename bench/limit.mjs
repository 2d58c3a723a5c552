// The least that a runner on Node and ssh2 could do for a converged site: connect, one exec that checks every state, close.
// node bench/limit.mjs FOLDER PORT HOSTS TASKS
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { addresses } from './hosts.mjs';
import { endState, partsOf } from './workload.mjs';

const [folder, port, count, tasks] = process.argv.slice(2);
const key = ssh2.utils.parseKey(readFileSync(join(folder, 'ssh/id')));
const username = userInfo().username;
// A command line of the kernel holds 128 KB an argument.
const COMMAND = 100_000;
const sums = new Map();
const sha = content => {
  const known = sums.get(content) ?? createHash('sha256').update(content).digest('hex');
  sums.set(content, known);
  return known;
};

/** 20 conditions for 20 tasks, as narrow as the tasks are: whole files by their sum, lines by grep, what a command makes by its name. */
function checks(root, host, part) {
  const want = endState(root, host, part);
  const is = (path, what, mode) => `[ "$(stat -c '%F %a' ${path})" = '${what} ${mode.toString(8)}' ]`;
  const ending = name => want.files.find(({ path }) => path.endsWith(name));
  const sum = ({ path, content }) => `echo '${sha(content)}  ${path}' | sha256sum -c --status`;
  const made = ['etc/sshd_config', 'etc/sysctl.conf', 'etc/hosts', 'swapfile', '.initialised'];
  const whole = want.files.filter(({ path }) => !made.some(name => path.endsWith(name)));
  const has = (name, line) => `grep -qx '${line}' ${ending(name).path}`;
  return [
    ...want.folders.map(({ path, mode }) => is(path, 'directory', mode)),
    ...whole.map(file => `${is(file.path, 'regular file', file.mode)} && ${sum(file)}`),
    has('etc/sshd_config', 'PermitRootLogin no'),
    has('etc/sysctl.conf', 'vm.swappiness = 10'),
    has('etc/hosts', '10.0.0.5 db.internal'),
    ...want.links.map(({ path, to }) => `[ "$(readlink ${path})" = ${to} ]`),
    ...[ending('swapfile').path, want.archive, ending('.initialised').path].map(path => `[ -e ${path} ]`),
    is(ending('swapfile').path, 'regular file', ending('swapfile').mode),
  ];
}

async function one(host) {
  const root = join(folder, 'hosts', host);
  const list = Array.from({ length: partsOf(Number(tasks)) }, (_, part) => checks(root, host, part)).flat();
  const script = list.map(check => `if ${check}; then echo ok; else echo no; fi`).join('\n');
  const long = script.length > COMMAND;
  const client = new ssh2.Client();
  client.on('connect', () => client.setNoDelay(true));
  await new Promise((resolve, reject) => {
    client.on('ready', resolve).on('error', reject);
    const authHandler = [{ type: 'publickey', username, key }];
    client.connect({ host, port: Number(port), username, readyTimeout: 600_000, hostVerifier: () => true, authHandler });
  });
  const out = await new Promise((resolve, reject) => {
    client.exec(long ? 'sh' : script, (error, stream) => {
      if (error) return reject(error);
      let text = '';
      stream.on('data', part => (text += part)).on('end', () => resolve(text));
      stream.stderr.resume();
      if (long) stream.end(script);
    });
  });
  client.destroy();
  const ok = (out.match(/^ok$/gm) ?? []).length;
  if (ok !== list.length) throw new Error(`${host}: ${ok} of ${list.length} states hold`);
}

const waiting = addresses(Number(count));
const lane = async () => {
  for (let host = waiting.shift(); host !== undefined; host = waiting.shift()) await one(host);
};
await Promise.all(Array.from({ length: Math.min(50, waiting.length) }, lane));
