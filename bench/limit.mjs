// The least that a runner on Node and ssh2 could do for a converged site: connect, one exec that checks all 20 states, close.
// node bench/limit.mjs FOLDER PORT HOSTS
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { address } from './hosts.mjs';

const [folder, port, count] = process.argv.slice(2);
const key = ssh2.utils.parseKey(readFileSync(join(folder, 'ssh/id')));
const username = userInfo().username;
const sha = file => createHash('sha256').update(readFileSync(file)).digest('hex');

const folders = { 'etc/docker': 755, 'srv/data': 750, 'var/lib/app': 755, 'opt/app/bin': 755 };
const contents = {
  'etc/motd': 644,
  'opt/app/app.conf': 640,
  'etc/logrotate.app': 644,
  'opt/app/bin/app.sh': 755,
  'etc/docker/daemon.json': 644,
  'etc/exports': 644,
  'etc/fstab': 644,
}; // prettier-ignore

function checks(root) {
  const is = (path, what, mode) => `[ "$(stat -c '%F %a' ${root}/${path})" = '${what} ${mode}' ]`;
  const has = (path, line) => `grep -qx '${line}' ${root}/${path}`;
  return [
    ...Object.entries(folders).map(([path, mode]) => is(path, 'directory', mode)),
    ...Object.entries(contents).map(
      ([path, mode]) =>
        `${is(path, 'regular file', mode)} && echo '${sha(join(root, path))}  ${root}/${path}' | sha256sum -c --status`,
    ),
    has('etc/sshd_config', 'PermitRootLogin no'),
    has('etc/sysctl.conf', 'vm.swappiness = 10'),
    has('etc/hosts', '10.0.0.5 db.internal'),
    `[ "$(readlink ${root}/opt/app/current)" = ${root}/srv/data ]`,
    `[ "$(readlink ${root}/etc/app.conf)" = ${root}/opt/app/app.conf ]`,
    ...['var/swapfile', 'var/backup.tar', 'var/lib/app/.initialised'].map(path => `[ -e ${root}/${path} ]`),
    is('var/swapfile', 'regular file', 600),
  ];
}

async function one(i) {
  const list = checks(join(folder, 'hosts', address(i)));
  const command = list.map(check => `if ${check}; then echo ok; else echo no; fi`).join('\n');
  const client = new ssh2.Client();
  client.on('connect', () => client.setNoDelay(true));
  await new Promise((resolve, reject) => {
    client.on('ready', resolve).on('error', reject);
    const authHandler = [{ type: 'publickey', username, key }];
    client.connect({
      host: address(i),
      port: Number(port),
      username,
      readyTimeout: 60_000,
      hostVerifier: () => true,
      authHandler,
    });
  });
  const out = await new Promise((resolve, reject) => {
    client.exec(command, (error, stream) => {
      if (error) return reject(error);
      let text = '';
      stream.on('data', part => (text += part)).on('end', () => resolve(text));
      stream.stderr.resume();
    });
  });
  client.destroy();
  const ok = (out.match(/^ok$/gm) ?? []).length;
  if (ok !== list.length) throw new Error(`${address(i)}: ${ok} of ${list.length} states hold`);
}

let next = 0;
const lane = async () => {
  while (next < Number(count)) await one(next++);
};
await Promise.all(Array.from({ length: Math.min(50, Number(count)) }, lane));
