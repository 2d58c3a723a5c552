// What is asked of pods: to run a command, to show a log, to leave a node. Each is one verb of an ApiRequest.
import { Readable, Writable } from 'node:stream';
import type { ApiAnswer, ApiRequest, Vars } from '../core/types.ts';
import { answerFault } from './kubernetes-faults.ts';
import type { KubeObject } from './kubernetes-health.ts';
import { type Cluster, readAnswer } from './kubernetes-requests.ts';

const nameOf = (object: KubeObject, api: { readonly namespace: string }) => ({
  name: object.metadata?.name ?? '',
  namespace: object.metadata?.namespace ?? api.namespace,
});

function collector(): { readonly stream: Writable; text(): string } {
  const parts: Buffer[] = [];
  const stream = new Writable({
    write(part: Buffer, _encoding, done) {
      parts.push(Buffer.from(part));
      done();
    },
  });
  return { stream, text: () => Buffer.concat(parts).toString('utf8') };
}

interface ExecStatus {
  readonly status?: string;
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { readonly reason?: string; readonly message?: string }[] };
}

/** body: {stdout, stderr, code}; 124 where the time was over. */
export async function execRequest({ api, signal }: Cluster, { object, options = {} }: ApiRequest): Promise<ApiAnswer> {
  const { Exec } = await import('@kubernetes/client-node');
  const { name, namespace } = nameOf(object as KubeObject, api);
  const [stdout, stderr] = [collector(), collector()];
  const stdin = typeof options['stdin'] === 'string' ? Readable.from([Buffer.from(options['stdin'])]) : null;
  api.countTrip();
  const words = options['command'] as string[];
  const container = String(options['container'] ?? '');
  const label = `Pod ${namespace}/${name}`;
  try {
    const status = await ended(signal, Number(options['within'] ?? 0), tell =>
      new Exec(api.config).exec(namespace, name, container, words, stdout.stream, stderr.stream, stdin, false, tell),
    );
    const code = codeOf(status);
    return {
      status: 200,
      body: { stdout: stdout.text(), stderr: stderr.text() || (code === 0 ? '' : (status.message ?? '')), code },
    };
  } catch (error) {
    const message = (error as { message?: string }).message ?? String(error);
    const refused = Number(/server response: (\d+)/.exec(message)?.[1] ?? 0);
    return { status: refused || 500, body: { message }, fault: answerFault(refused || 500, { message }, message, label) };
  }
}

/** What of a WebSocket is used here. */
interface Socket {
  close(): void;
  addEventListener(event: 'close', done: () => void): void;
}

/** How the command ended: as the server tells, or by a closed line, or by the clock. */
async function ended(
  signal: AbortSignal,
  seconds: number,
  start: (tell: (status: ExecStatus) => void) => Promise<unknown>,
): Promise<ExecStatus> {
  let resolve: (status: ExecStatus) => void = () => undefined;
  const promise = new Promise<ExecStatus>(done => (resolve = done));
  const socket = (await start(status => resolve(status))) as Socket;
  socket.addEventListener('close', () => resolve({ status: 'Closed' }));
  const timer = seconds > 0 ? setTimeout(() => resolve({ status: 'TimedOut' }), seconds * 1000) : undefined;
  signal.addEventListener('abort', () => resolve({ status: 'Closed' }), { once: true });
  const status = await promise;
  clearTimeout(timer);
  socket.close();
  return status;
}

function codeOf({ status, details, message = '' }: ExecStatus): number {
  if (status === 'Success') return 0;
  if (status === 'TimedOut') return 124;
  const exit = details?.causes?.find(cause => cause.reason === 'ExitCode')?.message;
  // Not every runtime says it in its place.
  return Number(exit ?? /exit (?:status|code):? (\d+)/.exec(message)?.[1] ?? 1);
}

/** body: the text. */
export async function logRequest({ api }: Cluster, { object, options = {} }: ApiRequest): Promise<ApiAnswer> {
  const { name, namespace } = nameOf(object as KubeObject, api);
  const { container, tailLines, sinceSeconds, previous } = options as Record<string, string | number | undefined>;
  const reply = await api.call({
    method: 'GET',
    path: `/api/v1/namespaces/${namespace}/pods/${name}/log`,
    query: { container, tailLines, sinceSeconds, ...(previous ? { previous: true } : {}) },
  });
  const answer = readAnswer(reply, `Pod ${namespace}/${name}`);
  return answer.fault ? answer : { status: 200, body: reply.text };
}

/** Evicts and waits until the pod is gone; asks again while its budget forbids it. */
export async function evictRequest({ api, signal }: Cluster, { object, options = {} }: ApiRequest): Promise<ApiAnswer> {
  const { name, namespace } = nameOf(object as KubeObject, api);
  const end = Date.now() + Number(options['within'] ?? 120) * 1000;
  const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
  const body = evictionOf(name, namespace, options);
  let asked = false;
  for (;;) {
    const reply = asked
      ? await api.call({ method: 'GET', path })
      : await api.call(
          options['force_delete']
            ? { method: 'DELETE', path, body: body.deleteOptions }
            : { method: 'POST', path: `${path}/eviction`, body },
        );
    if (reply.status === 404 || (asked && isOther(reply.text, options['uid']))) return { status: 200, body: {} };
    if (!asked && reply.status !== 429) {
      const answer = readAnswer(reply, `Pod ${namespace}/${name}`);
      if (answer.fault) return answer;
      asked = true;
      if (options['wait'] === false) return answer;
    }
    if (Date.now() >= end || signal.aborted) return overtime(asked, reply.text, reply.status, `Pod ${namespace}/${name}`);
    await api.sleep(asked ? 300 : 1000);
  }
}

const isOther = (text: string, uid: unknown): boolean =>
  uid !== undefined && (JSON.parse(text) as KubeObject).metadata?.uid !== uid;

function evictionOf(name: string, namespace: string, { gracePeriodSeconds }: Vars) {
  const deleteOptions = gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds };
  return { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace }, deleteOptions };
}

function overtime(asked: boolean, text: string, status: number, label: string): ApiAnswer {
  const why = asked
    ? `${label}: it was evicted and has not ended yet`
    : `${label}: it may not be evicted now: ${(JSON.parse(text) as { message?: string }).message ?? status}`;
  const mend = asked ? 'raise "wait_timeout": its grace period may be longer' : 'see its PodDisruptionBudget, or give more time';
  return { status: 429, body: {}, fault: { code: 'E832', why, mend } };
}
