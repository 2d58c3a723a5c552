// The ssh connection against the machine's own sshd and sudo: many hosts, agents, jump hosts, large files, other users.
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, openSync, readFileSync, rmSync, statSync, writeSync, closeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectionFor } from '../../runner/connection/index.ts';
import { BecomeFailed, TimedOut } from '../../runner/core/lost.ts';
import { asWritten } from '../../runner/core/shell.ts';
import type { Become, Blob, Session, Target } from '../../runner/core/types.ts';
import { type Accounts, isRoot, makeAccounts, missing, type Sshd, startSshd } from '../support/sshd.ts';
import { scratch } from '../support/scratch.ts';

const lacks = missing('sshd', 'ssh-keygen', 'ssh-agent');
const q = (...scripts: readonly string[]) => scripts.map(script => ({ sh: asWritten(script) }));

describe.skipIf(lacks !== '')(`sshd${lacks && `: ${lacks}`}`, () => {
  let sshd: Sshd;
  const sessions: Session[] = [];
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(async () => {
    await Promise.all(sessions.map(session => session.close()));
    await sshd.stop();
  });
  const open = async (changes: Partial<Target> = {}): Promise<Session> => {
    const session = await (await connectionFor('ssh')).open(sshd.target(changes), new AbortController().signal);
    sessions.push(session);
    return session;
  };

  it('twenty hosts at once, two round trips each', async () => {
    const hosts = Array.from({ length: 20 }, (_, at) => `127.0.0.${at + 1}`);
    const answers = await Promise.all(
      hosts.map(async address => {
        const session = await open({ name: address, address });
        const [answer] = await session.ask(q('echo "$SSH_CONNECTION" | cut -d" " -f3'), { timeout: 30 });
        return [answer?.text().trim(), session.traffic().roundTrips];
      }),
    );
    expect(answers).toEqual(hosts.map(address => [address, 2]));
  });

  it('a thousand questions in one batch', async () => {
    const session = await open();
    const scripts = Array.from({ length: 1000 }, (_, at) => `echo ${at}; echo e${at} >&2; exit ${at % 200}`);
    const answers = await session.ask(q(...scripts), { timeout: 60 });
    expect(answers.map(each => [each.text(), Buffer.from(each.stderr).toString(), each.code])).toEqual(
      scripts.map((_, at) => [`${at}\n`, `e${at}\n`, at % 200]),
    );
    expect(session.traffic().roundTrips).toBe(2);
  });

  it('what is too long for a command follows it, for one round trip more', async () => {
    const session = await open();
    const long = 'x'.repeat(1000);
    const answers = await session.ask(q(...Array.from({ length: 500 }, (_, at) => `: ${long}; echo ${at}`)), { timeout: 60 });
    expect(answers.map(each => Number(each.text()))).toEqual(answers.map((_, at) => at));
    expect(session.traffic().roundTrips).toBe(3);
  });

  it('through two jump hosts', async () => {
    const session = await open({ address: '127.0.0.3', jump: [`127.0.0.1:${sshd.port}`, `127.0.0.2:${sshd.port}`] });
    const [answer] = await session.ask(q('echo "$SSH_CONNECTION" | cut -d" " -f3'), { timeout: 30 });
    expect(answer?.text()).toBe('127.0.0.3\n');
  });

  it('a host that is known by its RSA key alone', async () => {
    const session = await open({ knownHostsFiles: [join(sshd.folder, 'known_rsa')] });
    expect((await session.ask(q('echo in'), { timeout: 30 }))[0]?.text()).toBe('in\n');
  });

  it('an encrypted key that ssh-keygen wrote', async () => {
    const session = await open({ privateKeyFiles: [join(sshd.folder, 'locked')], privateKeyPassphrase: 'open sesame' });
    expect((await session.ask(q('echo in'), { timeout: 30 }))[0]?.text()).toBe('in\n');
  });

  it('an agent, also for an encrypted key file and with IdentitiesOnly', async () => {
    const socket = join(scratch(), 'agent');
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
    try {
      while (!existsSync(socket)) await new Promise(resolve => setTimeout(resolve, 10));
      const env = {
        ...process.env,
        SSH_AUTH_SOCK: socket,
        SSH_ASKPASS: join(scratch({ ask: '#!/bin/sh\necho open sesame\n' }), 'ask'),
        SSH_ASKPASS_REQUIRE: 'force',
      };
      execFileSync('ssh-add', [join(sshd.folder, 'locked')], { env, stdio: 'ignore' });
      const options = { agent: socket };
      const rows: readonly Partial<Target>[] = [
        { privateKeyFiles: [] },
        { privateKeyFiles: [join(sshd.folder, 'locked')] },
        { privateKeyFiles: [join(sshd.folder, 'locked')], identitiesOnly: true },
      ];
      for (const row of rows) {
        const session = await open({ ...row, options });
        expect((await session.ask(q('echo in'), { timeout: 30 }))[0]?.text()).toBe('in\n');
      }
      const other = open({ privateKeyFiles: [], identitiesOnly: true, options });
      await expect(other).rejects.toMatchObject({ fault: { code: 'E607' } });
    } finally {
      agent.kill();
    }
  });

  it('300 MB there and back in flat memory', async () => {
    const path = join(scratch(), 'large');
    const hash = createHash('sha256');
    const chunk = Buffer.alloc(1 << 20);
    const file = openSync(path, 'w');
    for (let at = 0; at < 300; at += 1) {
      chunk.fill(`block ${at} `);
      hash.update(chunk);
      writeSync(file, chunk);
    }
    closeSync(file);
    const blob: Blob = { path, sha256: hash.digest('hex'), size: 300 << 20, mode: 0o644, open: () => createReadStream(path) };
    const session = await open();
    const there = join(scratch(), 'there');
    const before = process.memoryUsage().rss;
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage().rss);
    }, 20);
    try {
      await session.put(blob, there, {});
      expect(statSync(there).size).toBe(300 << 20);
      expect(await session.get(there, `${path}.back`, {})).toBe(blob.sha256);
    } finally {
      clearInterval(watch);
      for (const each of [path, there, `${path}.back`]) rmSync(each, { force: true });
    }
    expect((most - before) >> 20).toBeLessThan(150);
  });

  it('a transfer that is cut leaves nothing on the host', async () => {
    const path = join(tmpdir(), `tsrun-cut-${process.pid}`);
    const session = await open();
    const endless = (async function* () {
      for (let at = 0; ; at += 1) {
        if (at === 20) void session.close();
        yield Buffer.alloc(100_000, 'x');
        await new Promise(resolve => setTimeout(resolve, 5));
      }
    })();
    await expect(
      session.put({ path, sha256: 'f'.repeat(64), size: 1, mode: 0o644, open: () => endless }, path, {}),
    ).rejects.toMatchObject({ fault: { code: 'E611' } });
    for (let tries = 0; tries < 100 && existsSync(path); tries += 1) await new Promise(resolve => setTimeout(resolve, 50));
    expect(existsSync(path)).toBe(false);
  });

  const noUsers = isRoot ? missing('sudo', 'useradd', 'chpasswd') : 'accounts can be made by root alone';
  describe.skipIf(noUsers !== '')(`other users${noUsers && `: ${noUsers}`}`, () => {
    const shells = Object.fromEntries(
      ['bash', 'fish', 'tcsh', 'zsh'].filter(name => existsSync(`/usr/bin/${name}`)).map(name => [name, `/usr/bin/${name}`]),
    );
    let accounts: Accounts & { readonly byShell: Readonly<Record<string, string>> };
    beforeAll(() => {
      accounts = makeAccounts(shells);
    });
    afterAll(async () => {
      await Promise.all(sessions.map(session => session.close()));
      accounts.remove();
    }, 60_000);
    const root = (password?: string): Become => ({
      user: 'root',
      method: 'sudo',
      ...(password === undefined ? {} : { password }),
    });
    const about = ['id -un', 'echo "$HOME"', 'printf "a\\303\\251"; exit 3', 'cat'];

    it.each([
      ['without a password', 'free', false, 2],
      ['with one', 'locked', true, 4],
      ['with one that is not needed', 'free', true, 3],
    ] as const)('sudo %s', async (_, login, needs, trips) => {
      const session = await open({ user: accounts[login] });
      const as = root(needs ? accounts.password : undefined);
      const answers = await session.ask(q(...about), { as, timeout: 30 });
      expect(answers.map(each => [each.code, each.text()])).toEqual([
        [0, 'root\n'],
        [0, '/root\n'],
        [3, 'aé'],
        [0, ''],
      ]);
      expect(session.traffic().roundTrips).toBe(trips);
      const there = join(scratch(), 'owned');
      const source = join(scratch({ text: 'text' }), 'text');
      const sha256 = createHash('sha256').update('text').digest('hex');
      await session.put({ path: source, sha256, size: 4, mode: 0o644, open: () => createReadStream(source) }, there, { as });
      expect([statSync(there).uid, statSync(there).mode & 0o777, readFileSync(there, 'utf8')]).toEqual([0, 0o600, 'text']);
      const pid = (await session
        .ask(q(`sh -c 'echo $$ >${there}2; exec sleep 300'`), { as, timeout: 0.5 })
        .catch((error: unknown) => error)) as Error;
      expect(pid).toBeInstanceOf(TimedOut);
      const sleeper = readFileSync(`${there}2`, 'utf8').trim();
      for (let tries = 0; tries < 50 && existsSync(`/proc/${sleeper}`); tries += 1)
        await new Promise(resolve => setTimeout(resolve, 50));
      expect(existsSync(`/proc/${sleeper}`)).toBe(false);
    });

    it.each([
      ['a wrong password', 'locked', 'wrong', 'E655'],
      ['a password that is needed and not given', 'locked', undefined, 'E651'],
      ['a user who may not', 'none', 'pass word', 'E653'],
    ] as const)('sudo refuses %s, and a plain ask still works', async (_, login, password, code) => {
      const session = await open({ user: accounts[login] });
      const refused = await session.ask(q(':'), { as: root(password), timeout: 30 }).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(BecomeFailed);
      expect((refused as BecomeFailed).fault.code).toBe(code);
      expect((await session.ask(q('id -un'), { timeout: 30 }))[0]?.text()).toBe(`${accounts[login]}\n`);
    });

    it('su with a password, and a wrong one', async () => {
      const session = await open({ user: accounts.free });
      const as: Become = { user: accounts.locked, method: 'su', password: accounts.password };
      expect((await session.ask(q('id -un'), { as, timeout: 30 }))[0]?.text()).toBe(`${accounts.locked}\n`);
      const refused = await session
        .ask(q(':'), { as: { ...as, password: 'wrong' }, timeout: 30 })
        .catch((error: unknown) => error);
      expect(refused).toMatchObject({ fault: { code: 'E655' } });
    });

    it('a password login, by keyboard-interactive where sshd uses PAM', async () => {
      const session = await open({ user: accounts.locked, privateKeyFiles: [], password: accounts.password });
      expect((await session.ask(q('id -un'), { timeout: 30 }))[0]?.text()).toBe(`${accounts.locked}\n`);
    });

    it.each(Object.keys(shells))('the login shell is %s', async shell => {
      const session = await open({ user: accounts.byShell[shell] ?? '' });
      const script = `printf '%s|' 'a'"'"'b' "\\\\" '!x' '$HOME' "\`echo q\`"`;
      const answers = await session.ask(q(script, 'exit 4', 'id -un'), { timeout: 30 });
      expect(answers.map(each => [each.code, each.text()])).toEqual([
        [0, "a'b|\\|!x|$HOME|q|"],
        [4, ''],
        [0, `${accounts.byShell[shell]}\n`],
      ]);
      const source = join(scratch({ text: 'text' }), 'text');
      const sha256 = createHash('sha256').update('text').digest('hex');
      const there = `/tmp/tsrun ${process.pid} '!\\$x ${shell}`;
      await session.put({ path: source, sha256, size: 4, mode: 0o644, open: () => createReadStream(source) }, there, {});
      expect(readFileSync(there, 'utf8')).toBe('text');
      rmSync(there);
    });
  });
});
