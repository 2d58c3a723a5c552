import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AnyModule, Vars } from '../../runner/core/types.ts';
import { openModules } from '../../runner/modules/index.ts';
import { inScratch } from '../support/module-cases.ts';
import { play } from '../support/real-sh.ts';

// In a process of its own: the scripts that ask it block this one.
const SERVER = `
require('http').createServer((q, r) => { let b = ''; q.on('data', c => b += c); q.on('end', () => {
  if (q.url === '/redir') { r.writeHead(302, { location: '/json' }); return r.end(); }
  if (q.url === '/json') { r.writeHead(200, { 'content-type': 'application/json' }); return r.end(JSON.stringify({ m: q.method, b, a: q.headers.authorization, x: q.headers['x-a'], t: q.headers['content-type'] })); }
  if (q.url === '/file') { if (q.headers['if-modified-since']) { r.writeHead(304); return r.end(); } return r.end('HTTP/1.1 200 OK\\r\\n\\r\\nbody\\n'); }
  if (q.url === '/sums') return r.end('x  other\\n43ad9bf5a6a1ad7c6a8d7ae54cc8cc0c4b2f1b7a1b9b1e5a6d1b0c0d0e0f0a0b  file\\n');
  r.writeHead(404); r.end('no'); }); }).listen(0, function () { console.log(this.address().port); });`;
let server: ChildProcess;
let base = '';
beforeAll(async () => {
  server = spawn(process.execPath, ['-e', SERVER], { stdio: ['ignore', 'pipe', 'inherit'] });
  base = `http://127.0.0.1:${await new Promise<string>(done => server.stdout?.once('data', data => done(String(data).trim())))}`;
});
afterAll(() => void server.kill());
const at = (args: Vars): Vars => ({ ...args, url: `${base}${String(args['url'])}` });

describe('uri', () => {
  it.each([
    ['JSON is read', { url: '/json' }, { status: 200, json: { m: 'GET', b: '' } }],
    ['a redirect is followed', { url: '/redir' }, { status: 200, redirected: true }],
    [
      'a redirect of a POST is not',
      { url: '/redir', method: 'POST', status_code: 302 },
      { status: 302, location: expect.stringMatching(/^http:.*\/json$/) },
    ],
    [
      'a body of JSON',
      { url: '/json', method: 'POST', body_format: 'json', body: { a: '\'"\\\n' } },
      { json: { b: '{"a": "\'\\"\\\\\\n"}', t: 'application/json' } },
    ],
    [
      'a form',
      { url: '/json', method: 'PUT', body_format: 'form-urlencoded', body: { a: 'b c', d: [1, 2] } },
      { json: { m: 'PUT', b: 'a=b+c&d=1&d=2' } },
    ],
    [
      'user and headers',
      { url: '/json', user: 'u', password: 'p"q', headers: { 'X-A': 'b "c"' } },
      { json: { a: 'Basic dTpwInE=', x: 'b "c"' } },
    ],
    ['a body that looks like headers', { url: '/file', return_content: true }, { content: 'HTTP/1.1 200 OK\r\n\r\nbody\n' }],
    ['a status that was expected', { url: '/nope', status_code: [200, 404] }, { status: 404 }],
    [
      'a status that was not',
      { url: '/nope' },
      { failed: true, status: 404, msg: 'Status code was 404 and not [200]: HTTP Error 404: Not Found' },
    ],
  ])('%s', (_title, args, result) =>
    inScratch('uri', {}, async one => expect((await one.play(at(args))).result).toMatchObject(result)),
  );

  it('no answer is status -1', () =>
    inScratch('uri', {}, async one => {
      const { result } = await one.play({ url: 'http://127.0.0.1:1/' });
      expect(result).toMatchObject({ failed: true, status: -1, msg: expect.stringContaining('curl: (7)') });
    }));

  it('keeps the body where dest says, and asks nothing where creates is there', () =>
    inScratch('uri', { there: '' }, async one => {
      expect((await one.play(at({ url: '/json', dest: '@/kept', mode: '0600' }))).result).toMatchObject({ changed: true });
      expect(JSON.parse(one.read('kept'))).toMatchObject({ m: 'GET' });
      expect(one.look(at({ url: '/json', creates: '@/there' })).acts ?? []).toEqual([]);
    }));
});

describe('get_url', () => {
  it('fetches once, then only what is newer or other', () =>
    inScratch('get_url', {}, async one => {
      const args = at({ url: '/file', dest: '@/g', mode: '0600' });
      expect((await one.play(args)).result).toMatchObject({ mode: '0600', size: 24 });
      expect((await one.play(args)).changed).toBe(false);
      expect((await one.play({ ...args, force: true })).changed).toBe(false);
      expect((await one.play(at({ url: '/json', dest: '@/g', force: true, backup: true }))).result['backup_file']).toMatch(/~$/);
    }));

  it('a checksum settles it without asking, and a wrong one leaves the old file', () =>
    inScratch('get_url', { g: 'old\n' }, async one => {
      const sum = 'sha256:1f9b8fa65fa551425e9007bae59939cfa1970d0c2f19661c5ea1cbe9342db884';
      expect((await one.play(at({ url: '/file', dest: '@/g', checksum: `sha256:${'a'.repeat(64)}` }))).failed).toMatch(
        /the sha256sum is 1f9b/,
      );
      expect(one.read('g')).toBe('old\n');
      expect((await one.play(at({ url: '/file', dest: '@/g', checksum: sum }))).changed).toBe(true);
      expect((await one.play({ url: 'http://127.0.0.1:1/file', dest: '@/g', checksum: sum })).changed).toBe(false);
    }));

  it.each([
    [{ url: '/nope', dest: '@/g' }, /404/],
    [{ url: '/file', dest: '@/none/g' }, /is not there/],
    [{ url: '/other', dest: '@/g', checksum: 'sha256:@SUMS' }, /is no sha256 sum/],
  ])('fails: %o', (args, why) =>
    inScratch('get_url', {}, async one => {
      const written = JSON.parse(JSON.stringify(args).replace('@SUMS', `${base}/sums`)) as Vars;
      expect((await one.play(at(written))).failed).toMatch(why);
    }),
  );
});

/** Programs of this machine without curl; `wget` is the one named. */
function withoutCurl(wget: string, into: string): void {
  for (const folder of ['/usr/bin', '/bin', '/usr/sbin', '/sbin'])
    for (const name of existsSync(folder) ? readdirSync(folder) : [])
      if (!/^(curl|wget)$/.test(name) && !existsSync(join(into, name))) symlinkSync(join(folder, name), join(into, name));
  symlinkSync(wget, join(into, 'wget'));
}
const whereIs = (program: string): string => spawnSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).stdout.trim();
const wgets = { 'GNU wget': whereIs('wget'), 'BusyBox wget': whereIs('busybox') };

describe.each(Object.entries(wgets))('on a host without curl, %s', (_, wget) => {
  let folder = '';
  const on = async (name: string, args: Vars) => {
    const module = (await openModules([name])).get(name) as AnyModule;
    const written = JSON.parse(JSON.stringify(at(args)).replaceAll('@/', `${folder}/`)) as Vars;
    return play(module, written, { env: { ...process.env, PATH: join(folder, 'bin') } });
  };
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tsrun-wget-'));
    const bin = join(folder, 'bin');
    spawnSync('mkdir', [bin]);
    if (wget !== '') withoutCurl(wget, bin);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.skipIf(wget === '').each([
    [{ url: '/json' }, { status: 200, json: { m: 'GET' } }],
    [
      { url: '/json', method: 'POST', body: 'a=b' },
      { status: 200, json: { m: 'POST', b: 'a=b' } },
    ],
    [{ url: '/json', headers: { 'X-A': 'b "c"' } }, { json: { x: 'b "c"' } }],
    [{ url: '/file', return_content: true }, { content: 'HTTP/1.1 200 OK\r\n\r\nbody\n' }],
    [{ url: '/nope', status_code: 404 }, { status: 404 }],
    [{ url: '/nope' }, { failed: true, status: 404 }],
  ])('uri asks: %j', async (args, result) => {
    expect((await on('uri', args)).result).toMatchObject(result);
  });
  it.skipIf(wget === '')('get_url fetches a file, and keeps the old one where there is none', async () => {
    const fetched = await on('get_url', { url: '/file', dest: '@/got', mode: '0600' });
    expect([fetched.failed, fetched.plan.changes.length]).toEqual([undefined, 1]);
    expect(readFileSync(join(folder, 'got'), 'utf8')).toContain('body');
    expect((await on('get_url', { url: '/nope', dest: '@/got', force: true })).failed).toMatch(/404|exit code 8/);
    expect(readFileSync(join(folder, 'got'), 'utf8')).toContain('body');
  });
  it.skipIf(wget === '')('what needs curl says so', async () => {
    expect((await on('uri', { url: '/json', dest: '@/kept' })).failed).toMatch(/needs curl/);
  });
});
