// Who runs the workload: for each peer its best settings, the command of a run, and its version. Nothing is measured here.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as install from './install.mjs';

const root = dirname(import.meta.dirname);
const all = ['first', 'converged', 'check'];
const node = process.execPath;

const ansible = (found, site, more = {}) => ({
  version: found.version,
  states: all,
  run: (scene, state) => ({
    program: found.program,
    args: ['-i', scene.inventory, join(scene.workload, 'ansible.yml'), ...(state === 'check' ? ['--check'] : [])],
    env: {
      ANSIBLE_PIPELINING: '1',
      ANSIBLE_FORKS: '50',
      ANSIBLE_SSH_ARGS: '-o ControlMaster=auto -o ControlPersist=60s',
      ANSIBLE_SSH_CONTROL_PATH_DIR: site.at('control'),
      ANSIBLE_LOCAL_TEMP: site.at('ansible'),
      ANSIBLE_NOCOWS: '1',
      // A thousand hosts on one machine answer late.
      ANSIBLE_TIMEOUT: '60',
      ANSIBLE_DEPRECATION_WARNINGS: '0',
      ...more,
    },
  }),
});

/** `make` gets the hosts and gives { version, states, run } or { missing: why }. */
export const peers = {
  limit: {
    title: 'limit: bare ssh2, one shell script a host',
    make: site => ({
      version: `ssh2 ${JSON.parse(readFileSync(join(root, 'node_modules/ssh2/package.json'), 'utf8')).version}`,
      states: ['converged'],
      run: scene => ({
        program: node,
        args: [join(root, 'bench/limit.mjs'), site.folder, scene.port, scene.count, scene.tasks].map(String),
      }),
    }),
  },
  tsrun: {
    title: 'tsrun',
    make: () =>
      existsSync(join(root, 'dist/main.js'))
        ? {
            version: JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version,
            states: all,
            run: (scene, state) => ({
              program: node,
              args: [
                join(root, 'dist/main.js'),
                join(scene.workload, 'playbook.yaml'),
                '-i',
                scene.inventory,
                '--output',
                'ndjson',
                '-T',
                '60',
              ].concat(state === 'check' ? ['--check'] : []),
            }),
            tripsOf: out => {
              const recap = out.split('\n').find(line => line.startsWith('{"event":"recap"'));
              return recap && Math.max(...Object.values(JSON.parse(recap).hosts).map(host => host.roundTrips));
            },
          }
        : { missing: 'dist/ is not built (npm run build)' },
  },
  ansible: { title: 'Ansible 2.14', make: site => withProgram(install.oldAnsible(), found => ansible(found, site)) },
  ansible_new: { title: 'Ansible, newest', make: site => withProgram(install.newAnsible(), found => ansible(found, site)) },
  mitogen: {
    title: 'Ansible with mitogen',
    make: site =>
      withProgram(install.mitogen(), found =>
        ansible(found, site, { ANSIBLE_STRATEGY: 'mitogen_linear', ANSIBLE_STRATEGY_PLUGINS: found.strategies }),
      ),
  },
  pyinfra: {
    title: 'pyinfra',
    make: () =>
      withProgram(install.pyinfra(), found => ({
        version: found.version,
        states: all,
        run: (scene, state) => ({
          program: found.program,
          // -y skips the round in which it looks for changes; --dry is that round alone.
          args: [...(state === 'check' ? ['--dry'] : ['-y']), '--parallel', '50', scene.pyinfra, 'deploy.py'],
          cwd: scene.workload,
        }),
      })),
  },
  cdist: { title: 'cdist', make: site => withProgram(install.cdist(), found => cdist(found, site)) },
};

const withProgram = (found, use) => (found.missing ? found : use(found));

/** One process a host, 50 at once: its hosts share a disk here, so each needs a remote folder of its own. */
function cdist(found, site) {
  const script = `flag=$1 config=$2 out=$3 home=$4 tools=$5; shift 5; printf '%s\\n' $HOSTS |
xargs -P 50 -I{} "$@" config $flag -q -c "$config" -o "$out-{}" -C 'cdist-%N' -r "$home-{}" --remote-exec "ssh $tools" --remote-copy "scp $tools" -R tgz -b {}`;
  return {
    version: found.version,
    states: all,
    run: (scene, state) => {
      const tools = `-F ${scene.sshConfig} -o ControlMaster=auto -o ControlPersist=60 -o ControlPath=${site.at('control')}/cdist-%n`;
      const flag = state === 'check' ? '-n' : '';
      const words = [flag, join(scene.workload, 'cdist'), site.at('cdist'), site.at('home/cdist'), tools, ...found.command];
      return {
        program: 'sh',
        args: ['-c', script, 'sh', ...words],
        env: {
          ...found.env,
          HOSTS: scene.hosts.join(' '),
          BENCH_HOSTS: site.at('hosts'),
          BENCH_WORKLOAD: scene.workload,
          BENCH_PARTS: String(scene.tasks / 20),
        },
      };
    },
  };
}
