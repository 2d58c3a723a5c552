// A strict Session in memory for tests of the engine: what nobody foretold rejects with an Error that shows it.
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { AskOptions, Become, Blob, Connection, Output, Question, Session } from '../../runner/core/types.ts';

/** stdout, or all parts of an output; an Error rejects the whole ask (Unreachable, TimedOut, BecomeFailed). */
export type Reply = string | { readonly code?: number; readonly stdout?: string | Uint8Array; readonly stderr?: string } | Error;

/** A table by the exact script, or a function; undefined is an unknown question. */
export type Answers = Readonly<Record<string, Reply>> | ((script: string, context: FakeContext) => Reply | undefined);

export interface FakeContext {
  readonly stdin: string | Uint8Array | undefined;
  readonly as: Become | undefined;
}

export interface FakeSession extends Session {
  /** Every batch in the order asked: its scripts that were run, and its options. */
  readonly batches: readonly { readonly scripts: readonly string[]; readonly options: AskOptions }[];
  /** Scripts that were run, in order. */
  scripts(): readonly string[];
  /** Files that were put, and those that `get` may fetch. */
  readonly files: Map<string, Buffer>;
  isClosed(): boolean;
}

const bytesOf = (value: string | Uint8Array | undefined): Buffer => Buffer.from(value ?? '');

function outputOf(reply: Exclude<Reply, Error>): Output {
  const parts = typeof reply === 'string' ? { stdout: reply } : reply;
  const stdout = bytesOf(parts.stdout);
  return { code: parts.code ?? 0, stdout, stderr: bytesOf(parts.stderr), text: () => stdout.toString() };
}

const notRun = (): Output => ({ code: -1, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0), text: () => '' });

function look(answers: Answers, question: Question, as: Become | undefined): Reply {
  if (!('sh' in question)) throw new Error(`the fake session was asked an API question: ${JSON.stringify(question)}`);
  const reply =
    typeof answers === 'function'
      ? answers(question.sh, { stdin: question.stdin, as })
      : Object.hasOwn(answers, question.sh)
        ? answers[question.sh]
        : undefined;
  if (reply === undefined) throw new Error(`the fake session has no answer to this script:\n${question.sh}`);
  return reply;
}

export function fakeSession(answers: Answers, files: Readonly<Record<string, string>> = {}): FakeSession {
  const batches: { scripts: string[]; options: AskOptions }[] = [];
  const stored = new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)]));
  let closed = false;

  const ask = async (questions: readonly Question[], options: AskOptions): Promise<readonly Output[]> => {
    if (closed) throw new Error('the fake session was asked after it was closed');
    const batch = { scripts: [] as string[], options };
    batches.push(batch);
    const stopped = new Set<number>();
    return questions.map((question, at) => {
      const group = options.groups?.[at] ?? 0;
      if (group !== 0 && stopped.has(group)) return notRun();
      const reply = look(answers, question, options.as);
      if ('sh' in question) batch.scripts.push(question.sh);
      if (reply instanceof Error) throw reply;
      const output = outputOf(reply);
      if (!(options.accept?.[at] ?? [0]).includes(output.code)) stopped.add(group);
      return output;
    });
  };

  const put = async (blob: Blob, path: string): Promise<void> => {
    if (stored.has(path)) throw new Error(`the fake session has a file at ${path} already`);
    const chunks: Uint8Array[] = [];
    for await (const chunk of blob.open()) chunks.push(chunk);
    stored.set(path, Buffer.concat(chunks));
  };

  const get = async (path: string, into: string): Promise<string> => {
    const bytes = stored.get(path);
    if (bytes === undefined) throw new Error(`the fake session has no file ${path}`);
    await writeFile(into, bytes);
    return createHash('sha256').update(bytes).digest('hex');
  };

  return {
    ask,
    put,
    get,
    traffic: () => ({ roundTrips: batches.length, bytesSent: 0, bytesReceived: 0 }),
    close: async () => {
      closed = true;
    },
    batches,
    scripts: () => batches.flatMap(batch => batch.scripts),
    files: stored,
    isClosed: () => closed,
  };
}

/** A Connection whose targets, by name, have these sessions; any other target is an Error. */
export function fakeConnection(sessions: Readonly<Record<string, Session>>): Connection {
  return {
    open: async target => {
      const session = sessions[target.name];
      if (session === undefined) throw new Error(`the fake connection has no session for ${target.name}`);
      return session;
    },
  };
}
