// What every Session must do, over each kind of connection and each sh: the same awkward questions, the same answers.
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectionFor } from '../../runner/connection/index.ts';
import { TimedOut, TransferFailed } from '../../runner/core/lost.ts';
import { asWritten, quote } from '../../runner/core/shell.ts';
import type { Blob, Output, Question, Session } from '../../runner/core/types.ts';
import { newKey, type SshServer, startSshServer, target } from '../support/ssh-server.ts';
import { scratch } from '../support/scratch.ts';

const ask = (script: string, stdin?: string | Uint8Array): Question => ({
  sh: asWritten(script),
  ...(stdin === undefined ? {} : { stdin }),
});

function isThere(shell: string): boolean {
  const [program = '', ...more] = shell.split(' ');
  try {
    execFileSync(program, [...more, '-c', ':'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

interface Row {
  readonly name: string;
  readonly question: Question;
  readonly code: number;
  readonly stdout: string | Buffer;
  /** What stderr must hold; '' for nothing at all. */
  readonly stderr?: string | RegExp;
}
const row = (
  name: string,
  script: string,
  code: number,
  stdout: string | Buffer,
  stderr: string | RegExp = '',
  stdin?: string | Uint8Array,
): Row => ({
  name,
  question: ask(script, stdin),
  code,
  stdout,
  stderr,
});

const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
const noise = randomBytes(70_000);
const text = `'"\\ $HOME \`id\` !x %s %% \\n\t# é ü 漢 🎉\r\n${Array.from({ length: 126 }, (_, at) => String.fromCharCode(at + 1)).join('')}`;

const rows: readonly Row[] = [
  row('a plain answer', 'echo hi', 0, 'hi\n'),
  row('no final newline', 'printf end', 0, 'end'),
  row('nothing at all', '', 0, ''),
  row('an exit code', 'exit 7', 7, ''),
  row('both streams apart', 'echo out; echo err >&2', 0, 'out\n', 'err\n'),
  row('a syntax error', 'if then fi', 2, '', /yntax/),
  row('an unfinished quote', "echo 'abc", 2, '', /./),
  row('an unfinished here-document', 'cat <<X >/dev/null\nabc', 0, '', /^|here-document/),
  row('set -e stays inside', 'set -e; false; echo not here', 1, ''),
  row('a trap stays inside', 'trap "echo bye" EXIT; exit 3', 3, 'bye\n'),
  row('cd and variables stay inside', 'cd /; tsrun_c=9; PATH=/nowhere; unset HOME; :', 0, ''),
  row('the PATH is whole again', 'command -v sh >/dev/null && echo yes', 0, 'yes\n'),
  row('reading stdin gets nothing', 'cat; echo done', 0, 'done\n'),
  row('read gets nothing', 'read x || echo empty', 0, 'empty\n'),
  row('it closes its own streams', 'exec >&- 2>&-; exit 4', 4, ''),
  row('it closes the frame of ours', 'exec 9>&- 0<&-; echo still', 0, 'still\n'),
  row('a background child holds the streams', 'sleep 30 & echo started', 0, 'started\n'),
  row('it kills its subshell', "sh -c 'kill -9 $PPID'; sleep 1", 137, ''),
  row('it kills the shell of all', 'echo before; kill -9 $$; sleep 0.3', 137, 'before\n'),
  row('a neighbour after the kill', 'echo alive', 0, 'alive\n'),
  row('it signals its whole group', 'kill 0; sleep 0.3', 143, ''),
  row('replaces itself', 'exec printf replaced', 0, 'replaced'),
  row('every byte but NUL in a script', `printf %s ${quote(text)}`, 0, text),
  row('every byte in the answer', 'cat', 0, everyByte, '', everyByte),
  row('random bytes through', 'cat', 0, noise, '', noise),
  row('text as stdin, newlines kept', 'cat', 0, `${text}\n\n`, '', `${text}\n\n`),
  row('stdin that is not read', 'echo short', 0, 'short\n', '', 'x'.repeat(200_000)),
  row('empty stdin', 'cat; echo end', 0, 'end\n', '', ''),
  row('the code of the reader counts', 'cat >/dev/null; exit 5', 5, '', '', 'abc'),
  row(
    'a long answer',
    'i=0; while [ $i -lt 3000 ]; do echo "line $i of a long answer"; i=$((i+1)); done | tail -n 1',
    0,
    'line 2999 of a long answer\n',
  ),
  row('names of its own kind', 'set | grep -c tsrun_zzz', 1, '0\n'),
];

const me = process.env.USER ?? 'worker';
let server: SshServer;
let folder: string;
const key = newKey();
beforeAll(async () => {
  server = await startSshServer({ users: { [me]: { keys: [key.public] } } });
  folder = scratch({ known_hosts: server.known, key: key.private });
});
afterAll(() => server.close());

const open = async (kind: string, shell: string): Promise<Session> =>
  (await connectionFor(kind)).open(
    target({
      user: me,
      port: server.port,
      shell,
      knownHostsFiles: [join(folder, 'known_hosts')],
      privateKeyFiles: [join(folder, 'key')],
    }),
    new AbortController().signal,
  );

// The shell is the same behind ssh, so one is enough there.
const kinds = { local: ['dash', 'bash', 'busybox sh'], ssh: ['dash'] };

for (const [kind, shells] of Object.entries(kinds)) {
  for (const shell of shells) {
    const there = isThere(shell);
    describe.skipIf(!there)(`${kind} with ${shell}${there ? '' : ': it is not installed'}`, () => {
      let answers: readonly Output[] = [];
      let session: Session;
      beforeAll(async () => {
        session = await open(kind, shell);
        answers = await session.ask(
          rows.map(each => each.question),
          { timeout: 60 },
        );
      }, 60_000);
      afterAll(() => session.close());

      it.each(rows.map((each, at) => [each.name, each, at] as const))('answers: %s', (_, each, at) => {
        const answer = answers[at];
        expect(answer?.code).toBe(each.code);
        expect(Buffer.from(answer?.stdout ?? []).equals(Buffer.from(each.stdout as string))).toBe(true);
        const stderr = Buffer.from(answer?.stderr ?? []).toString();
        if (each.stderr instanceof RegExp) expect(stderr).toMatch(each.stderr);
        else expect(stderr).toBe(each.stderr);
      });

      it('keeps what background children of a question apart say later out of all answers', async () => {
        const late = '(sleep 0.15; echo late; echo late >&2) & printf now; echo err >&2; exit 3';
        const apart = { ...ask(late), apart: true };
        const fed = { ...ask('cat; exit 5', everyByte), apart: true };
        const plain = { ...ask('printf "%s" "$#"; cat'), apart: true };
        const done = await session.ask(
          [apart, ask('sleep 0.3; echo clean'), apart, plain, ask('echo never'), fed, ask('echo z')],
          {
            timeout: 20,
            groups: [0, 0, 1, 0, 1, 0, 0],
          },
        );
        expect(done.map(each => [each.code, each.text(), Buffer.from(each.stderr).toString()]).toSpliced(5, 1)).toEqual([
          [3, 'now', 'err\n'],
          [0, 'clean\n', ''],
          [3, 'now', 'err\n'],
          [0, '0', ''],
          [-1, '', ''],
          [0, 'z\n', ''],
        ]);
        expect([done[5]?.code, everyByte.equals(Buffer.from(done[5]?.stdout ?? []))]).toEqual([5, true]);
      });

      it('stops a group at the first code that is not accepted, and no other group', async () => {
        const scripts = ['exit 0', 'exit 2', 'exit 3', 'echo never', 'echo free', 'exit 9', 'echo other', 'false', 'echo z'];
        const done = await session.ask(
          scripts.map(script => ask(script)),
          {
            timeout: 20,
            groups: [1, 1, 1, 1, 0, 2, 2, 0, 0],
            accept: [[0], [0, 2], [0], [0], [0], [9], [0], [0], [0]],
          },
        );
        expect(done.map(each => each.code)).toEqual([0, 2, 3, -1, 0, 9, 0, 1, 0]);
        expect(done[3]?.text()).toBe('');
      });

      it('stops the group of a question that killed the shell', async () => {
        const done = await session.ask([ask('kill -9 $$; sleep 0.3'), ask('echo never'), ask('echo free')], {
          timeout: 20,
          groups: [1, 1, 0],
        });
        expect(done.map(each => [each.code, each.text()])).toEqual([
          [137, ''],
          [-1, ''],
          [0, 'free\n'],
        ]);
      });

      it('ends what runs when the time is up, and can be asked again', async () => {
        const mark = `${Math.random()}`.slice(2, 8);
        const file = join(folder, `pid-${mark}`);
        const slow = ask(`echo $$ > ${file}; sh -c 'echo $$ >> ${file}; sleep 300'`);
        await expect(session.ask([slow], { timeout: 0.2 })).rejects.toBeInstanceOf(TimedOut);
        const pids = readFileSync(file, 'utf8').trim().split('\n');
        expect(pids).toHaveLength(2);
        // A killed process needs a moment to be gone.
        const gone = `n=0; while kill -0 ${pids.join(' ')} 2>/dev/null && [ $n -lt 50 ]; do n=$((n+1)); sleep 0.1; done; echo $n`;
        const [answer] = await session.ask([ask(gone)], { timeout: 20 });
        expect(Number(answer?.text())).toBeLessThan(50);
      });

      it.runIf(shell === 'dash')('cuts an endless answer and keeps its neighbours', async () => {
        const done = await session.ask([ask('head -c 20000000 /dev/zero'), ask('echo next')], { timeout: 30 });
        expect(done[0]).toMatchObject({ code: 0, cut: true });
        expect(done[0]?.stdout.length).toBe(16 << 20);
        expect(done[1]?.text()).toBe('next\n');
        expect(done[1]?.cut).toBeUndefined();
      });
    });
  }

  describe(`files over ${kind}`, () => {
    const content = randomBytes(1_000_000);
    const sha256 = createHash('sha256').update(content).digest('hex');
    let blob: Blob;
    let session: Session;
    beforeAll(async () => {
      const path = join(scratch({ content }), 'content');
      blob = { path, sha256, size: content.length, mode: 0o644, open: () => createReadStream(path) };
      session = await open(kind, 'sh');
    });
    afterAll(() => session.close());
    const odd = `a b'"\\ $x !é%s\n`;

    it('puts a file of any name, mode 0600, and gets it back', async () => {
      const path = join(scratch(), odd);
      await session.put(blob, path, {});
      expect(readFileSync(path).equals(content)).toBe(true);
      expect(statSync(path).mode & 0o7777).toBe(0o600);
      const back = join(scratch(), 'back');
      expect(await session.get(path, back, {})).toBe(sha256);
      expect(readFileSync(back).equals(content)).toBe(true);
    });

    it('never writes over a file', async () => {
      const path = join(scratch({ old: 'old' }), 'old');
      await expect(session.put(blob, path, {})).rejects.toMatchObject({ fault: { code: 'E621' } });
      expect(readFileSync(path, 'utf8')).toBe('old');
    });

    it('leaves nothing of a transfer that does not fit its checksum', async () => {
      const path = join(scratch(), 'new');
      await expect(session.put({ ...blob, sha256: '0'.repeat(64) }, path, {})).rejects.toMatchObject({ fault: { code: 'E622' } });
      expect(existsSync(path)).toBe(false);
    });

    it.skipIf(!existsSync('/dev/full'))('says what the host says when a folder is missing', async () => {
      const error = await session.put(blob, join(scratch(), 'no', 'such'), {}).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(TransferFailed);
      expect((error as TransferFailed).fault.why).toMatch(/nonexistent|No such file/);
    });

    it('leaves the old local file when there is nothing to get', async () => {
      const into = join(scratch({ old: 'old' }), 'old');
      await expect(session.get('/no/such/file', into, {})).rejects.toMatchObject({ fault: { code: 'E621' } });
      expect(readFileSync(into, 'utf8')).toBe('old');
    });
  });
}
