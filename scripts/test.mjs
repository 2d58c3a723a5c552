// All tests: tier after tier (scripts/tiers.mjs) through vitest, each tier's needs prepared beside the tests that do not need them.
// `npm test -- --tier NAME` runs one. The last line is `N passed, N failed, N skipped`; a tier that cannot run is skipped, by name.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { owns, tiers } from './tiers.mjs';

const root = dirname(import.meta.dirname);
const isRoot = process.getuid?.() === 0;

const { values } = parseArgs({ options: { tier: { type: 'string', multiple: true } } });
const unknown = (values.tier ?? []).find(name => !tiers.some(tier => tier.name === name));
if (unknown) {
  console.error(`no tier "${unknown}"; there are ${tiers.map(tier => tier.name).join(', ')}`);
  process.exit(1);
}

const say = text => console.log(`\n== ${text}`);
const run = (command, args, options = {}) =>
  new Promise(resolve => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], ...options });
    child.on('error', error => resolve(error.code === 'ENOENT' ? 127 : 1)).on('exit', code => resolve(code ?? 1));
  });
/** Its output is shown only where it fails: it runs beside the tests. */
const runQuietly = (command, args, env = {}) =>
  new Promise(resolve => {
    let text = '';
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', part => (text = (text + part).slice(-4000)));
    child
      .on('error', error => resolve({ code: 127, text: String(error) }))
      .on('close', code => resolve({ code: code ?? 1, text }));
  });

const has = program =>
  [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'].some(folder => existsSync(join(folder, program)));

async function testFiles() {
  const entries = await readdir(join(root, 'test'), { recursive: true, withFileTypes: true });
  return entries
    .filter(one => one.isFile() && one.name.endsWith('.test.ts'))
    .map(one => relative(root, join(one.parentPath, one.name)));
}

// ---- what a tier needs: each answers undefined, or the reason why the tier cannot run

let updated = false;
async function install({ programs = {}, wants = {} }) {
  const missing = Object.entries({ ...programs, ...wants }).filter(([program]) => !has(program));
  if (missing.length === 0) return undefined;
  const named = missing.map(([program]) => program).join(', ');
  const optional = !missing.some(([program]) => program in programs);
  if (!isRoot || !existsSync('/usr/bin/apt-get'))
    return optional ? undefined : `${named} missing, and only root on Debian can install it here`;
  const packages = missing.map(([, name]) => name);
  say(`installing ${packages.join(', ')} (a minute or two; other tests run meanwhile)`);
  const quiet = { DEBIAN_FRONTEND: 'noninteractive' };
  if (!updated) await runQuietly('apt-get', ['update', '-qq'], quiet);
  updated = true;
  const { code, text } = await runQuietly('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], quiet);
  return code === 0 || optional ? undefined : `${packages.join(', ')} cannot be installed: ${text.trim().split('\n').at(-1)}`;
}

const lab = (...words) => runQuietly(process.execPath, [join(root, 'scripts/lab.mjs'), ...words]);
let ours = false;
async function raiseLab(tier) {
  if (!tier.lab) return undefined;
  if (process.platform !== 'linux' || !isRoot) return 'the lab needs root on Linux';
  if (!existsSync(join(root, 'scripts/lab.mjs'))) return 'there is no lab yet';
  const wasThere = ours || existsSync(join(root, 'inventory/group_vars/lab/addresses.yaml'));
  say('raising the lab (seconds where its root is cached, else some minutes; other tests run meanwhile)');
  const { code, text } = await lab('up');
  ours ||= !wasThere;
  return code === 0 ? undefined : `the lab does not come up: ${text.trim().split('\n').slice(-3).join(' | ')}`;
}

// ---- one tier

const failureText = (file, one) => {
  const why = (one.failureMessages[0] ?? '').split('\n').filter(line => !line.includes('node_modules'));
  return `${relative(root, file.name)} > ${one.fullName}\n    ${why.slice(0, 12).join('\n    ')}`;
};

async function runTier({ name }, folder) {
  const report = join(folder, `${name}.json`);
  const args = [
    'run',
    '--project',
    name,
    '--passWithNoTests',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ];
  const code = await run(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), ...args]);
  const counted = await readFile(report, 'utf8').then(JSON.parse, () => undefined);
  if (!counted) return { passed: 0, failed: 1, skipped: 0 };
  const broken = counted.testResults.filter(
    file => file.status === 'failed' && !file.assertionResults.some(one => one.status === 'failed'),
  );
  const failed = counted.numFailedTests + broken.length;
  const failures = counted.testResults.flatMap(file => [
    ...(broken.includes(file) ? [`${relative(root, file.name)}\n${file.message}`] : []),
    ...file.assertionResults.filter(one => one.status === 'failed').map(one => failureText(file, one)),
  ]);
  // Without a failed test, vitest still fails for an error that no test caught.
  return {
    passed: counted.numPassedTests,
    failed: failed === 0 && code !== 0 ? 1 : failed,
    failures,
    skipped: counted.numPendingTests + counted.numTodoTests,
  };
}

let interrupted = false;
process.on('SIGINT', () => {
  interrupted = true; // vitest has got it too; the lab is still taken down
});

async function main() {
  if (!existsSync(join(root, 'node_modules/vitest'))) {
    say('npm ci: the packages are not installed yet (about a minute)');
    if ((await run('npm', ['ci', '--no-audit', '--no-fund'])) !== 0)
      return [{ name: 'npm ci', passed: 0, failed: 1, skipped: 0 }];
  }
  const files = await testFiles();
  const wanted = tiers.filter(tier => !values.tier || values.tier.includes(tier.name));
  const folder = await mkdtemp(join(tmpdir(), 'tsrun-test-'));
  // One preparation after the other: they share the package manager's lock.
  let before = Promise.resolve();
  const prepared = new Map();
  for (const tier of wanted) {
    const empty = files.some(file => owns(tier, file)) ? undefined : 'it has no tests yet';
    const ready = empty ? Promise.resolve(empty) : before.then(async () => (await install(tier)) ?? (await raiseLab(tier)));
    before = ready.catch(() => undefined);
    prepared.set(
      tier.name,
      ready.catch(error => `it cannot be prepared: ${error.message}`),
    );
  }
  const results = [];
  for (const tier of wanted) {
    const reason = interrupted ? 'interrupted' : await prepared.get(tier.name);
    say(reason ? `tier ${tier.name}: skipped, ${reason}` : `tier ${tier.name}`);
    results.push({ name: tier.name, reason, ...(reason ? { passed: 0, failed: 0, skipped: 1 } : await runTier(tier, folder)) });
  }
  if (ours) {
    say('taking the lab down again');
    await lab('down');
  }
  await rm(folder, { recursive: true, force: true });
  return results;
}

const results = await main();
const total = key => results.reduce((sum, result) => sum + result[key], 0);
// Once more at the end, where whoever reads only the end of a long log finds them.
for (const text of results.flatMap(result => result.failures ?? [])) console.log(`\nFAILED ${text}`);
say('tiers');
for (const { name, reason, passed, failed, skipped } of results) {
  console.log(`${name.padEnd(8)} ${reason ? `skipped: ${reason}` : `${passed} passed, ${failed} failed, ${skipped} skipped`}`);
}
console.log(`\n${total('passed')} passed, ${total('failed')} failed, ${total('skipped')} skipped`);
process.exitCode = total('failed') > 0 ? 1 : 0;
