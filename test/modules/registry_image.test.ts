import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { AnyModule, Fact, Vars } from '../../runner/core/types.ts';
import { openModules } from '../../runner/modules/index.ts';
import { parts, toldBy } from '../../runner/modules/parts/registry.ts';

const module = (await openModules(['registry_image'])).get('registry_image') as AnyModule;
const digestOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const manifest = '{"schemaVersion":2,"config":{"digest":"sha256:aa"}}';
const digest = digestOf(manifest);
const base = { image: 'r:5000/a/b:1', state: 'present', insecure: true, from_insecure: false, timeout: 30 };

/** What the host prints: a manifest, or what skopeo said. */
const has = (text: string): string => `0\0\0${text.length}\0${text}`;
const said = (text: string): string => `1\0time="x" level=fatal msg="${text}"`.concat('\0', '0', '\0');
const unknown = said('reading manifest 1 in r:5000/a/b: manifest unknown: manifest unknown');
const look = (args: Vars, stdout: string) => {
  const full = { ...base, ...args };
  const out = { code: 0, stdout: Buffer.from(`y\0${stdout}`), stderr: new Uint8Array(), text: () => stdout };
  const state = module.probe(full).parse(out);
  return { state, full, plan: module.plan(full, state) };
};

describe('registry_image', () => {
  const from = 'quay.io/a/b:1';
  const pin = { from, digest };
  const index = JSON.stringify({
    manifests: [{ digest: 'sha256:arm', platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } }],
  });
  const docker = (names: readonly string[]) =>
    `y\0${JSON.stringify(names.map(name => ({ Config: `${'a'.repeat(64)}.json`, RepoTags: [name] })))}\0${'a'.repeat(64)} ${'a'.repeat(64)}.json\0\0`;
  it.each([
    ['an image that is there by its digest is left, and its source not asked', pin, has(manifest), []],
    ['an image that is absent comes', pin, unknown + has(manifest), [`r:5000/a/b:1: absent -> ${digest}`]],
    ['a tag that moved is followed', { from }, has('{}') + has(manifest), [`r:5000/a/b:1: ${digestOf('{}')} -> ${digest}`]],
    ['the same manifest in both is no change', { from }, has(manifest) + has(manifest), []],
    ['one platform of an index', { from, platform: 'linux/arm64' }, unknown + has(index), ['r:5000/a/b:1: absent -> sha256:arm']],
    ['a platform that the index has not', { from, platform: 'linux/s390x' }, unknown + has(index), 'E542'],
    [
      'an archive of docker save, by the id of the image',
      { archive: '/a.tar' },
      unknown + docker(['x:1']),
      [`r:5000/a/b:1: absent -> image sha256:${'a'.repeat(64)}`],
    ],
    ['an archive with two images, and no name', { archive: '/a.tar' }, unknown + docker(['x:1', 'y:1']), 'E542'],
    ['an archive with another image', { archive: '/a.tar', digest }, unknown + docker(['x:1']), 'E543'],
    ['a file that is no archive', { archive: '/a.tar' }, `${unknown}y\0\0\0\0`, 'E503'],
    ['no archive', { archive: '/a.tar' }, `${unknown}\0\0\0\0`, 'E503'],
    ['a registry that is down', pin, said('pinging container registry r:5000: connection refused'), 'E540'],
    ['a source that lets nobody in', pin, unknown + said('unauthorized: authentication required'), 'E541'],
    ['absent already', { state: 'absent' }, `${unknown}\0`, []],
    ['a delete', { state: 'absent' }, `${has(manifest)}1 \0`, [`r:5000/a/b:1: ${digest} -> absent`]],
    ['a delete that takes another tag along', { state: 'absent' }, `${has(manifest)}1 2 \0`, 'E503'],
  ] as const)('%s', (_name, args, answer, wanted) => {
    const { plan } = look(
      args,
      answer + (args === pin && answer.startsWith('1\0time="x" level=fatal msg="pinging') ? said('x') : ''),
    );
    if (typeof wanted === 'string') expect(plan.refuse?.code ?? 'E503').toBe(wanted);
    else expect(plan.changes.map((change: { summary: string }) => change.summary)).toEqual(wanted);
    expect(plan.refuse === undefined).toBe(typeof wanted !== 'string');
  });

  it('keeps passwords out of every script', () => {
    const { plan, full } = look(
      { ...pin, username: 'u', password: 's3cret', from_password: 'other', from_username: 'v' },
      unknown + has(manifest),
    );
    const scripts = JSON.stringify(
      [module.probe(full).ask, plan.changes[0]?.action].map(one => (one as Vars)['sh'] ?? (one as Vars)['script']),
    );
    const hidden = ['s3cret', 'other', Buffer.from('u:s3cret').toString('base64')];
    expect(hidden.filter(one => scripts.includes(one))).toEqual([]);
  });

  it.each([
    ['a name without a registry (defect 4)', { image: 'topling/dcompact:1', from }, 'names no registry'],
    ['a digest in the name', { image: `r:5000/a@${digest}`, from }, 'write it as "digest"'],
    ['no source', {}, 'one of "from" and "archive"'],
    ['two sources', { from, archive: '/x' }, 'one of "from" and "archive"'],
    ['two digests', { from: `q.io/a@${digest}`, digest: digestOf('') }, 'two digests'],
  ])('refuses %s', (_name, args, why) => expect(module.check?.({ ...base, ...args }).join()).toContain(why));

  const installed: Fact[] = [
    { package: 'docker-registry', is: 'present' },
    { package: 'skopeo', is: 'present' },
  ];
  it.each([
    ['on a registry that is installed in this run a pinned image is absent', pin, installed, 1],
    ['of a registry that is only started, nobody knows', pin, [{ unit: 'docker-registry.service', active: true }], null],
  ] as const)('a check run: %s', (_name, args, foretold, changes) => {
    const { state, full } = look(args, said('connection refused') + said('x'));
    const next = module.foresee?.(full, state, foretold);
    expect(next === null ? null : module.plan(full, next).changes.length).toBe(changes);
  });
});

describe('the words of skopeo', () => {
  it.each([
    ['http: server gave HTTP response to HTTPS client', 'E544'],
    ['x509: certificate signed by unknown authority', 'E544'],
    ['unauthorized: authentication required', 'E541'],
    ['Digest did not match, expected sha256:a, got sha256:b', 'E543'],
    ['manifest unknown: manifest unknown', 'E542'],
    ['dial tcp: lookup nowhere: no such host', 'E540'],
    ['something new', 'E501'],
  ])('%s is %s', (words, code) => expect(toldBy(`time="x" level=fatal msg="${words}"`)).toMatchObject({ code, why: words }));

  it.each([
    ['busybox', { host: 'docker.io', path: 'busybox' }],
    ['topling/x:1', { host: 'docker.io', path: 'topling/x', tag: '1' }],
    ['localhost/x', { host: 'localhost', path: 'x' }],
    ['r:5000/a/b:1@sha256:c', { host: 'r:5000', path: 'a/b', tag: '1', digest: 'sha256:c' }],
  ])('%s is read in its parts', (image, read) => expect(parts(image)).toEqual(read));
});
