// Moves a file in pieces through the resident shell, where a channel of its own cannot be had: doas that wants
// a terminal for its password. Slower, in flat memory, with the same checks.
import { createHash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { asWritten, raw, sh } from '../core/shell.ts';
import type { Blob, Output, Question } from '../core/types.ts';
import { transferFailed } from './transfer-faults.ts';
import { ends, sum } from './transfer-scripts.ts';

export interface Asker {
  readonly host: string;
  ask(question: Question): Promise<Output>;
}

const pieceBytes = 256 << 10;
const sumOf = raw(asWritten(`{ ${sum}; }`));

async function must(asker: Asker, what: string, code: number, question: Question): Promise<Output> {
  const answer = await asker.ask(question);
  if (answer.code !== 0) throw transferFailed(`${asker.host}: ${what}`, code, Buffer.from(answer.stderr).toString());
  return answer;
}

export async function putByAsks(asker: Asker, blob: Blob, path: string): Promise<void> {
  const what = `cannot put ${path}`;
  await must(asker, what, ends.cannotOpen, { sh: sh`umask 077; set -C; : > ${path}` });
  try {
    for await (const chunk of blob.open()) {
      for (let at = 0; at < chunk.length; at += pieceBytes) {
        await must(asker, what, ends.broken, { sh: sh`cat >> ${path}`, stdin: chunk.subarray(at, at + pieceBytes) });
      }
    }
    const answer = await must(asker, what, ends.broken, { sh: sh`${sumOf} < ${path}` });
    if (!answer.text().startsWith(blob.sha256) && !answer.text().startsWith('none')) {
      throw transferFailed(`${asker.host}: ${what}`, ends.differs, '');
    }
  } catch (error) {
    await asker.ask({ sh: sh`rm -f -- ${path}` }).catch(() => undefined);
    throw error;
  }
}

export async function getByAsks(asker: Asker, path: string, into: string): Promise<string> {
  const what = `cannot get ${path}`;
  const beside = `${into}.tsrun-part`;
  const file = await open(beside, 'w', 0o600);
  const hash = createHash('sha256');
  try {
    await must(asker, what, ends.cannotOpen, { sh: sh`: < ${path}` });
    let size = pieceBytes;
    for (let piece = 0; size === pieceBytes; piece += 1) {
      const script = sh`dd bs=${pieceBytes} skip=${piece} count=1 if=${path} 2>/dev/null`;
      const { stdout } = await must(asker, what, ends.broken, { sh: script });
      hash.update(stdout);
      await file.write(stdout);
      size = stdout.length;
    }
    await file.close();
    const sha256 = hash.digest('hex');
    const answer = await must(asker, what, ends.broken, { sh: sh`${sumOf} < ${path}` });
    if (!answer.text().startsWith(sha256) && !answer.text().startsWith('none')) {
      throw transferFailed(`${asker.host}: ${what}`, ends.differs, '');
    }
    await rename(beside, into);
    return sha256;
  } finally {
    await file.close().catch(() => undefined);
    await rm(beside, { force: true });
  }
}
