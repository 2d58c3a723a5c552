// The workload in any number of tasks, for every peer: the 20 tasks of bench/workload once for each part of a host, and what must
// be on the host in the end. It knows nothing of who runs it.
import { readFileSync } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const PART = 20;
const given = join(import.meta.dirname, 'workload');
const text = (...path) => readFileSync(join(given, ...path), 'utf8');

/** A host of 100 tasks is five sites side by side, the first one in its root folder. */
export const partsOf = tasks => {
  if (!Number.isInteger(tasks / PART) || tasks < PART) throw new Error(`--tasks takes multiples of ${PART}, not ${tasks}`);
  return tasks / PART;
};
const rootOf = (root, part) => (part === 0 ? root : `${root}/part-${part}`);

/** The folder with all that the peers read: playbooks, a deploy, a manifest, files, templates, variables. */
export async function writeWorkload(folder, tasks) {
  const parts = partsOf(tasks);
  await mkdir(folder, { recursive: true });
  await cp(given, folder, { recursive: true });
  for (const name of ['playbook.yaml', 'ansible.yml']) {
    const [head, body] = (await readFile(join(given, name), 'utf8')).split(/^ {2}tasks:\n/m);
    const all = Array.from({ length: parts }, (_, part) => partOf(body, part));
    await writeFile(join(folder, name), `${head}  tasks:\n${all.join('')}`);
  }
  // The limit reads this file too, and must not pay for what it does not use.
  const { parse } = await import('yaml');
  await writeFile(join(folder, 'vars.json'), JSON.stringify(parse(text('vars.yaml'))));
  return folder;
}

function partOf(body, part) {
  if (part === 0) return body;
  return body
    .replaceAll('{{ root_dir }}', `{{ root_dir }}/part-${part}`)
    .replaceAll(/^( *- name: .*)$/gm, `$1 ${part}`)
    .replaceAll('register: marker', `register: marker_${part}`)
    .replaceAll('marker.stat', `marker_${part}.stat`);
}

/** What a fresh host has, by path below its root. */
export const seeds = parts =>
  Array.from({ length: parts }, (_, part) =>
    Object.entries({
      'etc/sshd_config': '#Port 22\n#PermitRootLogin prohibit-password\nX11Forwarding yes\n',
      'etc/hosts': '127.0.0.1 localhost\n::1 localhost\n',
      'etc/sysctl.conf': '# kernel settings\nnet.ipv4.ip_forward = 1\n',
    }).map(([path, content]) => [rootOf('.', part), path, content]),
  ).flat();

const folders = { 'etc/docker': 0o755, 'srv/data': 0o750, 'var/lib/app': 0o755, 'opt/app/bin': 0o755 };
const files = {
  'etc/motd': [0o644, text('files/motd')],
  'opt/app/app.conf': [0o640, text('files/app.conf')],
  'etc/logrotate.app': [0o644, text('files/logrotate.conf')],
  'opt/app/bin/app.sh': [0o755, text('files/app.sh')],
  'etc/docker/daemon.json': [0o644, text('expected/daemon')],
  'etc/exports': [0o644, text('expected/exports')],
  'etc/fstab': [0o644, text('expected/fstab')],
  'var/lib/app/.initialised': [0o644, 'initialised\n'],
  'var/swapfile': [0o600, '\0'.repeat(4096 * 64)],
  'etc/sshd_config': [null, '#Port 22\nPermitRootLogin no\nX11Forwarding yes\n'],
  'etc/hosts': [null, '127.0.0.1 localhost\n::1 localhost\n10.0.0.5 db.internal\n'],
  'etc/sysctl.conf': [null, '# kernel settings\nnet.ipv4.ip_forward = 1\nvm.swappiness = 10\n'],
};
const ofHost = new Set(['etc/docker/daemon.json', 'etc/exports']);
const links = { 'opt/app/current': 'srv/data', 'etc/app.conf': 'opt/app/app.conf' };

/** The end state of one part, absolute: what the limit asks for and what the checker holds every peer to. */
export function endState(root, host, part) {
  const at = path => `${rootOf(root, part)}/${path}`;
  return {
    folders: Object.entries(folders).map(([path, mode]) => ({ path: at(path), mode })),
    files: Object.entries(files).map(([path, [mode, content]]) => ({
      path: at(path),
      mode,
      content: ofHost.has(path) ? content.replaceAll('HOST', host) : content,
    })),
    links: Object.entries(links).map(([path, to]) => ({ path: at(path), to: at(to) })),
    archive: at('var/backup.tar'),
  };
}
