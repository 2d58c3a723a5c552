// The peers' programs, in a cache outside the checkout: made once, with a line of progress each. What can't be had is a reason, never an error.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'tsrun/bench');

function call(program, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', timeout: 300_000, ...options });
  const last = (stderr ?? '').trim().split('\n').at(-1);
  return {
    ok: status === 0,
    out: (stdout ?? '').trim(),
    why: error ? `${program}: ${error.code}` : `${program} ended with ${status}: ${last}`,
  };
}

/** Made by `make` unless it is there whole; `make` gives a reason where it fails. */
function once(name, what, make) {
  const folder = join(cache, name);
  if (existsSync(join(folder, '.ready'))) return { folder };
  // What failed is not tried again the same day.
  const failed = `${folder}.missing`;
  if (existsSync(failed) && Date.now() - statSync(failed).mtimeMs < 86_400_000) return { missing: readFileSync(failed, 'utf8') };
  console.error(`installing ${what} into ${folder}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const missing = make(folder);
  if (missing) {
    rmSync(folder, { recursive: true, force: true });
    writeFileSync(failed, missing);
    return { missing };
  }
  writeFileSync(join(folder, '.ready'), '');
  return { folder };
}

function venv(name, packages, works) {
  return once(name, packages.join(' '), folder => {
    const made = call('python3', ['-m', 'venv', folder]);
    if (!made.ok) return made.why;
    const got = call(join(folder, 'bin/pip'), ['install', '-q', '--disable-pip-version-check', ...packages]);
    return got.ok ? works(folder) : got.why;
  });
}

const runs = (folder, program, args = ['--version'], options = {}) => {
  const tried = call(join(folder, program), args, options);
  return tried.ok ? undefined : tried.why;
};
const versionOf = (folder, name) =>
  readdirSync(join(folder, 'lib'))
    .flatMap(python => readdirSync(join(folder, 'lib', python, 'site-packages')))
    .find(entry => new RegExp(`^${name}-.*\\.dist-info$`).test(entry))
    ?.slice(name.length + 1, -'.dist-info'.length);

/** The system's own, as Debian 12 has it; from PyPI where the system has none. */
export function oldAnsible() {
  const found = call('/usr/bin/ansible-playbook', ['--version']);
  if (found.ok)
    return { program: '/usr/bin/ansible-playbook', version: `${/core ([\d.]+)/.exec(found.out)?.[1]} (of the system)` };
  const { folder, missing } = venv('ansible-2.14', ['ansible-core==2.14.*'], at => runs(at, 'bin/ansible-playbook'));
  return missing ? { missing } : { program: join(folder, 'bin/ansible-playbook'), version: versionOf(folder, 'ansible_core') };
}

export function newAnsible() {
  const { folder, missing } = venv('ansible', ['ansible-core'], at => runs(at, 'bin/ansible-playbook'));
  return missing ? { missing } : { program: join(folder, 'bin/ansible-playbook'), version: versionOf(folder, 'ansible_core') };
}

const strategies = folder => {
  const [python] = readdirSync(join(folder, 'lib'));
  return join(folder, 'lib', python, 'site-packages/ansible_mitogen/plugins/strategy');
};

/** With the newest Ansible that it works with: asked by a ping, since it says so late otherwise. */
export function mitogen() {
  const pings = folder =>
    runs(
      folder,
      'bin/ansible',
      ['all', '-i', 'localhost,', '-c', 'local', '-m', 'ping', '-e', 'ansible_python_interpreter=/usr/bin/python3'],
      {
        env: { ...process.env, ANSIBLE_STRATEGY: 'mitogen_linear', ANSIBLE_STRATEGY_PLUGINS: strategies(folder) },
      },
    );
  const newest = venv('mitogen', ['ansible-core', 'mitogen'], pings);
  const { folder, missing } = newest.missing ? venv('mitogen-2.14', ['ansible-core==2.14.*', 'mitogen'], pings) : newest;
  if (missing) return { missing };
  const version = `${versionOf(folder, 'mitogen')} with ansible-core ${versionOf(folder, 'ansible_core')}`;
  return { program: join(folder, 'bin/ansible-playbook'), strategies: strategies(folder), version };
}

export function pyinfra() {
  const { folder, missing } = venv('pyinfra', ['pyinfra'], at => runs(at, 'bin/pyinfra'));
  return missing ? { missing } : { program: join(folder, 'bin/pyinfra'), version: versionOf(folder, 'pyinfra') };
}

/** PyPI's does not start on a Python that takes subcommands strictly (3.11.3 and later); Debian's package does, unpacked. */
export function cdist() {
  const pypi = venv('cdist', ['cdist'], at => runs(at, 'bin/cdist'));
  if (!pypi.missing) return { command: [join(pypi.folder, 'bin/cdist')], env: {}, version: versionOf(pypi.folder, 'cdist') };
  const tail = ['usr/lib/python3/dist-packages', 'usr/bin/cdist'];
  const debian = once('cdist-debian', "Debian's cdist", folder => {
    const got = call('apt-get', ['download', 'cdist'], { cwd: folder });
    const [file] = got.ok ? readdirSync(folder) : [];
    if (!file) return `PyPI: ${pypi.missing}; Debian: ${got.why}`;
    const unpacked = call('dpkg-deb', ['-x', file, folder], { cwd: folder });
    if (!unpacked.ok) return unpacked.why;
    const env = { ...process.env, PYTHONPATH: join(folder, tail[0]) };
    const tried = call('/usr/bin/python3', [join(folder, tail[1]), '--version'], { env });
    return tried.ok ? undefined : tried.why;
  });
  if (debian.missing) return { missing: debian.missing };
  const file = readdirSync(debian.folder).find(name => name.endsWith('.deb'));
  return {
    command: ['/usr/bin/python3', join(debian.folder, tail[1])],
    env: { PYTHONPATH: join(debian.folder, tail[0]) },
    version: `${file?.split('_')[1] ?? '?'} (Debian)`,
  };
}
