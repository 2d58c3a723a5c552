// The registry role's edit of containerd's configuration, on files of both generations: real tasks, no containerd.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { scene } from '../support/run-playbook.ts';

const tasks = resolve(import.meta.dirname, '../../roles/registry/config_path.yaml');
const two = 'plugins."io.containerd.grpc.v1.cri"';
const three = "plugins.'io.containerd.cri.v1.images'";
const certs = '/etc/containerd/certs.d';

const playbook = JSON.stringify([
  {
    hosts: 'h1',
    gather_facts: false,
    vars: { containerd_config: 'SCRATCH/config.toml', containerd_certs: certs },
    tasks: [{ import_tasks: tasks }],
    handlers: [{ name: 'restart containerd', debug: { msg: 'restarted' } }],
  },
]);

async function edited(config: string) {
  const one = scene({ 'site.yaml': playbook, 'config.toml': config });
  const first = await one.play();
  const text = readFileSync(join(one.dir, 'config.toml'), 'utf8');
  const second = await one.play();
  one.end();
  const failed = first.results.filter(result => result.failed && !result.ignored).map(result => result.task);
  return { text, failed, again: second.results.filter(result => result.changed).map(result => result.task) };
}

// Defect 7: a cluster of containerd heeds no daemon.json; its own key is set, in the table of its generation.
test.each([
  [
    'version 2, the table as "config default" prints it',
    `version = 2\n[plugins]\n  [${two}]\n    x = 1\n    [${two}.registry]\n      config_path = ""\n      [${two}.registry.auths]\n`,
    `      config_path = "${certs}"\n      [${two}.registry.auths]`,
  ],
  [
    'version 3, quoted as containerd 2 does',
    `version = 3\n[${three}.registry]\n  config_path = ''\n[x]\n  config_path = ''\n`,
    `[${three}.registry]\n  config_path = "${certs}"\n[x]\n  config_path = ''`,
  ],
  [
    'a table without the key',
    `version = 2\n  [${two}.registry]\n    y = 1\n`,
    `  [${two}.registry]\n    config_path = "${certs}"\n    y = 1\n`,
  ],
  [
    'no table of version 2',
    'version = 2\nroot = "/x"\n',
    `root = "/x"\n# BEGIN registries (tsrun)\n[${two}.registry]\n  config_path = "${certs}"\n# END`,
  ],
  ['no table of version 3', 'version = 3\n', `[plugins."io.containerd.cri.v1.images".registry]\n  config_path = "${certs}"\n`],
  [
    'a list that holds the folder is left',
    `version = 3\n[${three}.registry]\n  config_path = '${certs}:/etc/docker/certs.d'\n`,
    `config_path = '${certs}:/etc/docker/certs.d'`,
  ],
])('defect 7: %s', async (_name, config, wanted) => {
  const { text, failed, again } = await edited(config);
  expect(failed).toEqual([]);
  expect(text).toContain(wanted);
  expect(again).toEqual([]);
});

test.each([
  ['version 1', '[plugins.cri]\n'],
  ['registries of the old way', `version = 2\n[${two}.registry.mirrors."docker.io"]\n`],
])('defect 7: a configuration of %s is refused and left as it is', async (_name, config) => {
  const { text, failed } = await edited(config);
  expect(failed).toEqual(['The configuration says its version, and has no registries of the old way in it']);
  expect(text).toBe(config);
});
