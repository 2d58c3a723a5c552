// Module registry_image against real registries on a host of the lab: one of plain http, one with TLS and accounts.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Played, type Scene, scene } from '../support/run-playbook.ts';
import { dockerArchive, type LabImage, ociArchive } from './images/build.ts';
import { labHost, type ReachableHost } from './index.ts';
import { clientFiles } from './keys.ts';
import { labLayout } from './layout.ts';

const dir = mkdtempSync(join(tmpdir(), 'tsrun-registry-'));
const at = '/run/tsrun-test-registry';
const plain = 'localhost:5001';
const locked = 'localhost:5002';
const password = 'lab-registry';
const hash = '$2b$04$X1rA4w2VwpU5Ztb3y.IN3Ob2HuhFCH4CSwGDLmiaoZ5uMVdECo1bu';

let host: ReachableHost;
let one: Scene;
let two: LabImage;
let multi: LabImage;
let first: Played;

const config = (port: number, more: string): string =>
  `version: 0.1\nstorage: { filesystem: { rootdirectory: ${at}/${port} }, delete: { enabled: true } }\nhttp: { addr: ":${port}"${more}\n`;
const tls = `, tls: { certificate: ${at}/ca.crt, key: ${at}/key } }\nauth: { htpasswd: { realm: lab, path: ${at}/htpasswd } }`;
const raise = `
set -e; mkdir -p ${at}; cd ${at}; echo 'lab:${hash}' >htpasswd
openssl req -x509 -newkey rsa:2048 -nodes -keyout key -out ca.crt -subj /CN=localhost -addext subjectAltName=DNS:localhost 2>/dev/null
printf '%s' '${config(5001, ' }')}' >5001.yml; printf '%s' '${config(5002, tls)}' >5002.yml
for p in 5001 5002; do systemd-run --quiet --unit tsrun-test-registry-$p docker-registry serve ${at}/$p.yml; done
for p in 5001 5002; do i=0; until curl -sko /dev/null https://localhost:$p/v2/ || curl -so /dev/null localhost:$p/v2/; do i=$((i+1)); [ $i -lt 100 ]; sleep 0.1; done; done`;
const lower = `systemctl stop tsrun-test-registry-5001 tsrun-test-registry-5002 2>/dev/null; rm -rf ${at}`;

const bring = async (path: string, name: string): Promise<void> => {
  const brought = await host.run(`base64 -d >${at}/${name}`, 'root', readFileSync(path).toString('base64'));
  if (brought.exitCode !== 0) throw new Error(brought.stderr);
};

type Row = { readonly name: string; readonly args: object; readonly code?: string; readonly again?: boolean };
const secure = { ca: `${at}/ca.crt`, username: 'lab', password };
const other = { ...secure, image: `${locked}/team/multi:v1`, from: `${plain}/team/multi:v1`, from_insecure: true };
const rows = (): readonly Row[] => [
  {
    name: 'docker archive',
    args: {
      image: `${plain}/team/one:v1`,
      archive: `${at}/two.tar`,
      archive_image: 'vendor/one:v9',
      digest: two.digest,
      insecure: true,
    },
  },
  {
    name: 'oci archive',
    args: { image: `${plain}/team/multi:v1`, archive: `${at}/multi.tar`, digest: multi.digest, insecure: true },
  },
  { name: 'into tls with an account', args: other },
  { name: 'by digest', args: { ...other, image: `${locked}/team/pinned:v1`, from: `${plain}/team/multi@${multi.digest}` } },
  { name: 'one platform', args: { ...other, image: `${locked}/team/arm:v1`, platform: 'linux/arm64' } },
  { name: 'which of two', args: { image: `${plain}/team/x:v1`, archive: `${at}/two.tar`, insecure: true }, code: 'E542' },
  {
    name: 'another digest in the archive',
    args: { image: `${plain}/team/x:v1`, archive: `${at}/multi.tar`, digest: `sha256:${'0'.repeat(64)}`, insecure: true },
    code: 'E543',
  },
  {
    name: 'no such tag',
    args: { image: `${plain}/team/x:v1`, from: `${plain}/team/multi:v9`, insecure: true, from_insecure: true },
    code: 'E542',
  },
  {
    name: 'no such digest',
    args: {
      image: `${plain}/team/x:v1`,
      from: `${plain}/team/multi:v1`,
      digest: `sha256:${'0'.repeat(64)}`,
      insecure: true,
      from_insecure: true,
    },
    code: 'E542',
  },
  { name: 'https to plain http', args: { ...other, image: `${plain}/team/x:v1` }, code: 'E544' },
  { name: 'an unknown authority', args: { ...other, ca: '/dev/null' }, code: 'E544' },
  { name: 'a wrong password', args: { ...other, password: 'wrong' }, code: 'E541' },
  {
    name: 'no account',
    args: { image: `${locked}/team/x:v1`, from: `${plain}/team/multi:v1`, ca: `${at}/ca.crt`, from_insecure: true },
    code: 'E541',
  },
  { name: 'nobody listens', args: { ...other, from: 'localhost:5009/team/x:v1', image: `${locked}/team/x:v1` }, code: 'E540' },
  { name: 'a cut archive', args: { image: `${plain}/team/cut:v1`, archive: `${at}/cut.tar`, insecure: true }, code: 'E501' },
  { name: 'no archive', args: { image: `${plain}/team/x:v1`, archive: `${at}/none.tar`, insecure: true }, code: 'E503' },
];

const playbook = (tasks: readonly Row[]): string =>
  JSON.stringify([
    {
      hosts: 'all',
      gather_facts: false,
      tasks: tasks.map(({ name, args, code }) => ({ name, registry_image: args, ...(code ? { ignore_errors: true } : {}) })),
    },
  ]);

beforeAll(async () => {
  host = await labHost('registry');
  await host.run(lower);
  const raised = await host.run(raise);
  if (raised.exitCode !== 0) throw new Error(`no registry: ${raised.stderr}`);
  two = await dockerArchive(join(dir, 'two.tar'), { 'vendor/one:v9': 'one\n', 'vendor/two:v9': 'two\n' });
  multi = await ociArchive(join(dir, 'multi.tar'), 'multi');
  await Promise.all([bring(two.path, 'two.tar'), bring(multi.path, 'multi.tar')]);
  await host.run(
    `cd ${at}; mkdir cut; tar -xf two.tar -C cut; rm -f cut/*.tar; sed 's/,{.*/]/' -i cut/manifest.json; cd cut; tar -cf ../cut.tar *`,
  );
  const retag = { ...other, from: `${plain}/team/one:v1` };
  one = scene({
    'site.yaml': playbook(rows()),
    'well.yaml': playbook(rows().filter(row => row.code === undefined)),
    'moved.yaml': playbook([{ name: 'another image under the tag', args: retag }]),
    'gone.yaml': playbook([
      {
        name: 'two tags',
        args: {
          ...secure,
          image: `${locked}/team/pinned:v2`,
          from: `${locked}/team/pinned:v1`,
          from_ca: secure.ca,
          from_username: 'lab',
          from_password: password,
        },
      },
      { name: 'it would go too', args: { ...secure, image: `${locked}/team/pinned:v1`, state: 'absent' }, code: 'E503' },
    ]),
    'last.yaml': playbook([{ name: 'the only tag', args: { ...secure, image: `${locked}/team/arm:v1`, state: 'absent' } }]),
  });
  const { key, knownHosts } = clientFiles(labLayout());
  const args = `-o UserKnownHostsFile=${knownHosts} -o StrictHostKeyChecking=yes -o IdentitiesOnly=yes`;
  const vars = {
    ansible_host: host.address,
    ansible_user: 'root',
    ansible_ssh_private_key_file: key,
    ansible_ssh_common_args: args,
  };
  writeFileSync(join(one.dir, 'hosts.yaml'), JSON.stringify({ all: { hosts: { registry: vars } } }));
  first = await one.play();
}, 120_000);

afterAll(async () => {
  await host.run(lower);
  one.end();
  rmSync(dir, { recursive: true, force: true });
});

const play = (file: string, more: object = {}) => one.play({ load: { playbooks: [file] }, ...more });
const statuses = (played: Played) => played.results.map(result => [result.task, result.status]);

describe('registry_image', () => {
  test('each image is copied, and each fault has its code and a mend', () => {
    const seen = first.results.map(({ task, status, fault }) => [task, status, fault?.code, fault && /\w/.test(fault.mend)]);
    expect(seen).toEqual(rows().map(({ name, code }) => [name, code ? 'failed' : 'changed', code, code ? true : undefined]));
  });

  test('the digests are those of the source, for all platforms and for one', () => {
    const digest = (task: string): unknown => first.results.find(result => result.task === task)?.result['digest'];
    expect(['oci archive', 'into tls with an account', 'by digest', 'one platform'].map(digest)).toEqual([
      multi.digest,
      multi.digest,
      multi.digest,
      multi.platforms['linux/arm64'],
    ]);
  });

  test('a second run and a check change nothing', async () => {
    const well = rows().filter(row => row.code === undefined);
    expect(statuses(await play('well.yaml'))).toEqual(well.map(({ name }) => [name, 'ok']));
    expect(statuses(await play('well.yaml', { check: true }))).toEqual(well.map(({ name }) => [name, 'ok']));
  });

  test('a copy that failed in its middle leaves no tag', async () => {
    expect((await host.run(`curl -s http://${plain}/v2/team/cut/manifests/v1`)).stdout).toMatch(/UNKNOWN/);
  });

  test('a tag that shall be another image is foretold, and moved', async () => {
    expect(statuses(await play('moved.yaml', { check: true }))).toEqual([['another image under the tag', 'changed']]);
    expect(statuses(await play('moved.yaml'))).toEqual([['another image under the tag', 'changed']]);
    expect(statuses(await play('moved.yaml'))).toEqual([['another image under the tag', 'ok']]);
  });

  test('a delete that would take another tag along is refused', async () => {
    const gone = await play('gone.yaml');
    expect(gone.results.map(({ task, status, fault }) => [task, status, fault?.why.includes('v2')])).toEqual([
      ['two tags', 'changed', undefined],
      ['it would go too', 'failed', true],
    ]);
  });

  test('the only tag is deleted, once', async () => {
    expect(statuses(await play('last.yaml'))).toEqual([['the only tag', 'changed']]);
    expect(statuses(await play('last.yaml'))).toEqual([['the only tag', 'ok']]);
  });

  test('no password is in a process list or in what a run tells', () => {
    expect(JSON.stringify(first.events)).not.toContain(password);
    expect(JSON.stringify(first.events)).not.toContain(Buffer.from(`lab:${password}`).toString('base64'));
  });
});
