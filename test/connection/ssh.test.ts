// The ssh connection against a server in this process: logins, faults, round trips, cut connections.
import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { connectionFor } from '../../runner/connection/index.ts';
import { Unreachable } from '../../runner/core/lost.ts';
import { asWritten } from '../../runner/core/shell.ts';
import type { Session, Target } from '../../runner/core/types.ts';
import { newKey, type SshServer, type SshServerOptions, startSshServer, target } from '../support/ssh-server.ts';
import { scratch } from '../support/scratch.ts';

const key = newKey();
const locked = newKey('open sesame');
const stranger = newKey();
const users = {
  worker: { keys: [key.public, locked.public] },
  typist: { password: 'right' },
  asked: { password: 'right', asksByKeyboard: true },
};
const folder = scratch({
  key: key.private,
  locked: locked.private,
  stranger: stranger.private,
  public: key.public,
  broken: 'no key',
});
const file = (name: string): string => join(folder, name);

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function serve(options: SshServerOptions = {}): Promise<SshServer> {
  const server = await startSshServer({ users, ...options });
  closers.push(server.close);
  return server;
}

async function open(changes: Partial<Target>, signal = new AbortController().signal): Promise<Session> {
  const session = await (await connectionFor('ssh')).open(target(changes), signal);
  closers.push(() => session.close());
  return session;
}

/** A TCP server that is no sshd; answers its port. */
async function serveOther(greet: (socket: Socket) => void): Promise<number> {
  const server = createServer(socket => {
    socket.on('error', () => undefined).resume();
    greet(socket);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => new Promise(resolve => server.close(resolve)));
  const address = server.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

/** The target of a server whose key is known. */
const known = (server: SshServer, changes: Partial<Target> = {}): Partial<Target> => ({
  port: server.port,
  knownHostsFiles: [join(scratch({ known_hosts: server.known }), 'known_hosts')],
  privateKeyFiles: [file('key')],
  ...changes,
});

const q = (...scripts: readonly string[]) => scripts.map(script => ({ sh: asWritten(script) }));

async function faultOf(work: Promise<unknown>): Promise<{ code: string; why: string; mend: string; what: string }> {
  const error = await work.then(
    () => new Error('it was well'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Unreachable);
  return (error as Unreachable).fault;
}

describe('a login', () => {
  const right = { password: 'right', privateKeyFiles: [] };
  const rows: readonly (readonly [name: string, changes: Partial<Target>, methods: readonly string[]])[] = [
    ['by key asks for nothing else', {}, ['worker:publickey', 'worker:publickey']],
    [
      'by an encrypted key',
      { privateKeyFiles: [file('locked')], privateKeyPassphrase: 'open sesame' },
      ['worker:publickey', 'worker:publickey'],
    ],
    ['by password', { user: 'typist', ...right }, ['typist:password']],
    [
      'by keyboard-interactive, after password was refused',
      { user: 'asked', ...right },
      ['asked:password', 'asked:keyboard-interactive'],
    ],
    [
      'by password, although a default key is missing',
      { user: 'typist', ...right, privateKeyFiles: [join(folder, '.ssh', 'id_rsa')] },
      ['typist:password'],
    ],
    ['tries a named key before the password', { user: 'typist', password: 'right' }, ['typist:publickey', 'typist:password']],
  ];
  it.each(rows)('%s', async (_, changes, methods) => {
    const server = await serve();
    const session = await open(known(server, changes));
    const [answer] = await session.ask(q('echo in'), { timeout: 10 });
    expect(answer?.text()).toBe('in\n');
    expect(server.seen.methods).toEqual(methods);
  });
});

describe('what goes wrong is a fault of its own', () => {
  it('a name that does not resolve', async () => {
    expect((await faultOf(open({ address: 'no-such-host.invalid' }))).code).toBe('E601');
  });

  it('a connection that is refused', async () => {
    const server = await serve();
    await server.close();
    const fault = await faultOf(open({ port: server.port }));
    expect(fault.code).toBe('E602');
    expect(fault.why).toContain(`${server.port}`);
  });

  it('a host that accepts and says nothing', async () => {
    const port = await serveOther(() => undefined);
    const fault = await faultOf(open({ port, connectTimeout: 0.2, privateKeyFiles: [file('key')] }));
    expect(fault.code).toBe('E603');
  });

  it('a port where no sshd is', async () => {
    const port = await serveOther(socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect((await faultOf(open({ port }))).code).toBe('E608');
  });

  it('a host key that nobody knows', async () => {
    const server = await serve();
    const fault = await faultOf(open({ port: server.port, privateKeyFiles: [file('key')] }));
    expect(fault.code).toBe('E604');
    expect(server.seen.methods).toEqual([]);
  });

  it('a host key that has changed, with file and line', async () => {
    const server = await serve();
    const before = await serve();
    const line = before.known.replace(`:${before.port}`, `:${server.port}`);
    const path = join(scratch({ known_hosts: `# first\n${line}` }), 'known_hosts');
    const fault = await faultOf(open(known(server, { knownHostsFiles: [path] })));
    expect(fault.code).toBe('E605');
    expect(fault.why).toContain(`${path}:2`);
    expect(server.seen.methods).toEqual([]);
  });

  it('shows no password to a host whose key has changed, even where keys are not checked', async () => {
    const server = await serve();
    const before = await serve();
    const line = before.known.replace(`:${before.port}`, `:${server.port}`);
    const knownHostsFiles = [join(scratch({ known_hosts: line }), 'known_hosts')];
    const changes = known(server, {
      knownHostsFiles,
      hostKeyChecking: 'no',
      user: 'typist',
      password: 'right',
      privateKeyFiles: [],
    });
    expect((await faultOf(open(changes))).code).toBe('E607');
    expect(server.seen.methods).toEqual([]);
  });

  it('a login that is refused, with what was tried and what the host takes', async () => {
    const server = await serve();
    const fault = await faultOf(open(known(server, { privateKeyFiles: [file('stranger')], user: 'typist', password: 'wrong' })));
    expect(fault.code).toBe('E607');
    expect(fault.why).toContain(`key ${file('stranger')}, password`);
    expect(fault.why).toContain('the host takes: publickey, password');
  });

  const keys: readonly (readonly [name: string, changes: Partial<Target>, why: RegExp])[] = [
    ['is missing', { privateKeyFiles: [file('absent')] }, /ENOENT/],
    ['is encrypted', { privateKeyFiles: [file('locked')] }, /encrypted and no passphrase/],
    ['has another passphrase', { privateKeyFiles: [file('locked')], privateKeyPassphrase: 'wrong' }, /passphrase/],
    ['is no key', { privateKeyFiles: [file('broken')] }, /./],
    ['is a public one', { privateKeyFiles: [file('public')] }, /public key/],
  ];
  it.each(keys)('a named key file that %s', async (_, changes, why) => {
    const server = await serve();
    const fault = await faultOf(open(known(server, changes)));
    expect(fault.code).toBe('E615');
    expect(fault.why).toMatch(why);
  });

  it('no algorithm in common, and which', async () => {
    const server = await serve({ algorithms: { kex: ['diffie-hellman-group14-sha1'] } });
    const fault = await faultOf(open(known(server)));
    expect(fault.code).toBe('E609');
    expect(fault.why).toContain('key exchange algorithm');
  });

  it('a server that opens no session, or refuses commands', async () => {
    const narrow = await serve({ channels: 0 });
    expect((await faultOf((await open(known(narrow))).ask(q(':'), { timeout: 10 }))).code).toBe('E610');
    const strict = await serve({ refusesExec: true });
    expect((await faultOf((await open(known(strict))).ask(q(':'), { timeout: 10 }))).code).toBe('E613');
  });

  it('a login shell that runs no commands', async () => {
    const login = join(scratch({ nologin: '#!/bin/sh\necho This account is not available.\nexit 1\n' }), 'nologin');
    const server = await serve({ login });
    const fault = await faultOf((await open(known(server))).ask(q(':'), { timeout: 10 }));
    expect(fault.code).toBe('E613');
    expect(fault.why).toContain('This account is not available.');
  });

  it('a login that never stops talking', async () => {
    const login = join(scratch({ chatter: '#!/bin/sh\nexec yes chatter\n' }), 'chatter');
    const server = await serve({ login });
    expect((await faultOf((await open(known(server))).ask(q(':'), { timeout: 10 }))).code).toBe('E614');
  });

  it('an aborted run ends a connection that is being made', async () => {
    const port = await serveOther(() => undefined);
    const stop = new AbortController();
    const opening = open({ port }, stop.signal);
    setTimeout(() => stop.abort(), 50);
    expect((await faultOf(opening)).code).toMatch(/^E60/);
  });
});

describe('a connection that is lost', () => {
  it('ends the question that runs and those that wait, at once', async () => {
    const server = await serve();
    const session = await open(known(server));
    const running = session.ask(q('echo first; sleep 30'), { timeout: 60 });
    const waiting = session.ask(q('echo second'), { timeout: 60 });
    setTimeout(server.cut, 100);
    expect((await faultOf(running)).code).toBe('E611');
    expect((await faultOf(waiting)).code).toBe('E611');
    expect((await faultOf(session.ask(q('echo third'), { timeout: 60 }))).code).toBe('E611');
  });

  it.each([10, 70, 5000])('in the middle of an answer, after %d bytes', async cutAfter => {
    const server = await serve({ cutAfter });
    const session = await open(known(server));
    expect((await faultOf(session.ask(q('seq 1 100000'), { timeout: 60 }))).code).toBe('E611');
  });

  it('is found when the host falls silent', async () => {
    const server = await serve();
    const session = await open(known(server, { options: { serverAliveInterval: 0.05, serverAliveCountMax: 2 } }));
    await session.ask(q(':'), { timeout: 10 });
    server.silence();
    expect((await faultOf(session.ask(q(':'), { timeout: 60 }))).code).toBe('E612');
  });
});

describe('round trips', () => {
  it('are counted as the server sees them: two for a first batch, one for each later one', async () => {
    const server = await serve();
    const session = await open(known(server));
    expect(session.traffic().roundTrips).toBe(0);
    await session.ask(q('echo 1', 'exit 3', 'cat'), { timeout: 10 });
    expect([session.traffic().roundTrips, server.seen.turns]).toEqual([2, 2]);
    await session.ask(q('echo 2'), { timeout: 10 });
    await session.ask(q('echo 3'), { timeout: 10 });
    expect([session.traffic().roundTrips, server.seen.turns]).toEqual([4, 4]);
    expect(server.seen.channels).toBe(1);
    expect(session.traffic().bytesSent).toBeGreaterThan(1000);
  });

  it('are three where stdin keeps the first batch out of the command line', async () => {
    const server = await serve();
    const session = await open(known(server));
    const done = await session.ask([...q('echo plain'), { sh: asWritten('cat'), stdin: 'a secret' }], { timeout: 10 });
    expect(done.map(each => each.text())).toEqual(['plain\n', 'a secret']);
    expect(server.seen.commands.join()).not.toContain('a secret');
    expect([session.traffic().roundTrips, server.seen.turns]).toEqual([3, 3]);
  });

  it('are three where the first batch is too long for a command', async () => {
    const server = await serve();
    const session = await open(known(server));
    const scripts = Array.from({ length: 300 }, (_, at) => `echo ${at} ${'x'.repeat(120)}`);
    const done = await session.ask(q(...scripts), { timeout: 30 });
    expect(done.map(each => Number(each.text().split(' ')[0]))).toEqual(scripts.map((_, at) => at));
    expect(session.traffic().roundTrips).toBe(3);
    expect(Math.max(...server.seen.commands.map(command => command.length))).toBeLessThanOrEqual(30_000);
  });

  it('asks at once wait for each other', async () => {
    const server = await serve();
    const session = await open(known(server));
    const all = await Promise.all(Array.from({ length: 10 }, (_, at) => session.ask(q(`echo ${at}`), { timeout: 10 })));
    expect(all.map(([answer]) => answer?.text())).toEqual(Array.from({ length: 10 }, (_, at) => `${at}\n`));
    expect(server.seen.channels).toBe(1);
  });
});

it('files go through the shell where the host opens no second session', async () => {
  const server = await serve({ channels: 1 });
  const session = await open(known(server));
  await session.ask(q(':'), { timeout: 10 });
  const path = join(scratch(), 'copy');
  const blob = {
    path: file('key'),
    size: key.private.length,
    mode: 0o600,
    sha256: createHash('sha256').update(key.private).digest('hex'),
  };
  await session.put({ ...blob, open: () => createReadStream(blob.path) }, path, {});
  expect(readFileSync(path, 'utf8')).toBe(key.private);
  expect(await session.get(path, join(folder, 'back'), {})).toBe(blob.sha256);
});

describe('the login shell', () => {
  it.each([
    ['talks before it works', '#!/bin/sh\necho Welcome; echo Warning >&2\nexec sh "$@"\n'],
    ['talks without a newline', '#!/bin/sh\nprintf "motd: "\nexec sh "$@"\n'],
    [
      'understands nothing but a bare command',
      '#!/bin/sh\ncase $2 in *eval*) echo "what?" >&2; exit 125 ;; *) exec sh "$@" ;; esac\n',
    ],
  ])('%s', async (_, text) => {
    const login = join(scratch({ login: text }), 'login');
    const server = await serve({ login });
    const session = await open(known(server));
    const done = await session.ask(q('echo a', 'printf "b\\n"'), { timeout: 10 });
    expect(done.map(each => each.text())).toEqual(['a\n', 'b\n']);
  });
});

describe('jump hosts', () => {
  it('are passed in order, each with its own key check', async () => {
    const last = await serve();
    const second = await serve({ forwards: true });
    const first = await serve({ forwards: true });
    const knownHostsFiles = [join(scratch({ k: first.known + second.known + last.known }), 'k')];
    const jump = [`worker@127.0.0.1:${first.port}`, `127.0.0.1:${second.port}`];
    const session = await open(known(last, { knownHostsFiles, jump }));
    const [answer] = await session.ask(q('echo there'), { timeout: 10 });
    expect(answer?.text()).toBe('there\n');
    expect(first.seen.forwards).toEqual([`127.0.0.1:${second.port}`]);
    expect(second.seen.forwards).toEqual([`127.0.0.1:${last.port}`]);
    const fault = await faultOf(open(known(last, { knownHostsFiles: [join(scratch({ k: last.known }), 'k')], jump })));
    expect([fault.code, fault.what]).toEqual(['E604', 'host-1: jump host 127.0.0.1: the host key is not known']);
  });

  it('that do not forward are named', async () => {
    const last = await serve();
    const first = await serve();
    const knownHostsFiles = [join(scratch({ k: first.known + last.known }), 'k')];
    const fault = await faultOf(open(known(last, { knownHostsFiles, jump: [`127.0.0.1:${first.port}`] })));
    expect(fault.code).toBe('E616');
  });
});

it('an unknown kind of connection is a fault', async () => {
  expect((await faultOf(connectionFor('paramiko'))).code).toBe('E600');
  expect((await faultOf(connectionFor('constructor'))).code).toBe('E600');
});
