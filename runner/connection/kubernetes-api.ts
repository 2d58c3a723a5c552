// HTTP to one API server: kept-alive connections, ten requests at a time, retries of what may be asked twice. Knows no object.
import http from 'node:http';
import https from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import pLimit from 'p-limit';
import { Unreachable } from '../core/lost.ts';
import type { Traffic, Vars } from '../core/types.ts';
import { deniedLogin, loginFault, lostAt, serverFault } from './kubernetes-faults.ts';

export interface Reply {
  readonly status: number;
  readonly text: string;
  readonly retryAfter: number;
}
export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  readonly type?: string;
  readonly accept?: string;
}
export interface Api {
  readonly server: string;
  readonly namespace: string;
  readonly config: KubeConfig;
  /** Rejects with Unreachable where the server cannot be reached or denies the login. */
  call(call: Call): Promise<Reply>;
  traffic(): Traffic;
  /** A wait that is no request of this client (exec). */
  countTrip(): void;
  sleep(milliseconds: number): Promise<void>;
  close(): void;
}

const TOGETHER = 10;
const PAUSES = [250, 1000, 2500] as const;
/** The connection was cut or is not there yet: a server that restarts, a balancer that moves. */
const passing = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN']);

export async function openApi(config: KubeConfig, options: Vars, seconds: number, signal: AbortSignal): Promise<Api> {
  const cluster = config.getCurrentCluster();
  const server = (cluster?.server ?? '').replace(/\/+$/, '');
  const count = { roundTrips: 0, bytesSent: 0, bytesReceived: 0 };
  const limit = pLimit(TOGETHER);
  let door = await openDoor(config, options);
  const counted = createCounter(count);
  const once = (call: Call): Promise<Reply> =>
    counted(() => send(server, call, door, seconds, signal, count)).catch((error: NodeJS.ErrnoException) => {
      throw error instanceof Unreachable
        ? error
        : Object.assign(lostAt(serverFault(server, error), call), { passing: passing.has(error.code ?? '') });
    });
  const persist = (call: Call): Promise<Reply> => persistently(call, once, signal);
  return {
    server,
    namespace: config.getContextObject(config.getCurrentContext())?.namespace ?? 'default',
    config,
    call: call =>
      limit(async () => {
        const reply = await persist(call);
        if (reply.status !== 401) return reply;
        // A token that a plug-in gave may have expired since.
        door.agent.destroy();
        door = await openDoor(config, options);
        const again = await persist(call);
        if (again.status === 401) throw deniedLogin(server, messageOf(again.text));
        return again;
      }),
    traffic: () => ({ ...count }),
    countTrip: () => void (count.roundTrips += 1),
    sleep: milliseconds => pause(milliseconds, signal),
    close: () => door.agent.destroy(),
  };
}

/** Requests side by side are one wait, each ten of them. */
function createCounter(count: { roundTrips: number }): <T>(work: () => Promise<T>) => Promise<T> {
  let [inFlight, burst] = [0, 0];
  return async work => {
    if (inFlight === 0) burst = 0;
    if (burst++ % TOGETHER === 0) count.roundTrips += 1;
    inFlight += 1;
    try {
      return await work();
    } finally {
      inFlight -= 1;
    }
  };
}

/** All of our requests may be sent twice: an apply says what shall be, a delete is done when it is gone. */
async function persistently(call: Call, once: (call: Call) => Promise<Reply>, signal: AbortSignal): Promise<Reply> {
  for (let tries = 0; ; tries++) {
    const wait = PAUSES[tries];
    try {
      const reply = await once(call);
      const busy = reply.status === 503 || (reply.status === 429 && !call.path.endsWith('/eviction'));
      if (!busy || wait === undefined || signal.aborted) return reply;
      await pause(Math.max(wait, reply.retryAfter * 1000), signal);
    } catch (error) {
      if (wait === undefined || signal.aborted || !(error as { passing?: boolean }).passing) throw error;
      await pause(wait, signal);
    }
  }
}

function messageOf(text: string): string {
  try {
    return String((JSON.parse(text) as { message?: unknown }).message ?? text);
  } catch {
    return text.slice(0, 500);
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise(resolve => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener('abort', end, { once: true });
  });
}

interface Door {
  readonly agent: http.Agent;
  readonly headers: Readonly<Record<string, string>>;
}

/** The library reads keys and asks plug-ins; its agents open a connection for each request, so the agent is ours. */
async function openDoor(config: KubeConfig, options: Vars): Promise<Door> {
  const found: https.RequestOptions = {};
  const cluster = config.getCurrentCluster();
  const user = config.getCurrentUser();
  try {
    await config.applyToHTTPSOptions(found);
  } catch (error) {
    const why = (error instanceof Error ? error.message : String(error)).trim();
    const exec = (user?.exec as { command?: string } | undefined)?.command;
    throw exec === undefined
      ? loginFault(why, 'see the paths of the kubeconfig: kubectl config view')
      : loginFault(`the plug-in "${exec}" of the kubeconfig failed: ${why}`, `see that it is installed and logged in: ${exec}`);
  }
  const basic = found.auth ? { Authorization: `Basic ${Buffer.from(found.auth).toString('base64')}` } : {};
  const headers = { ...(found.headers as Record<string, string>), ...basic, ...impersonation(options) };
  const { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername } = found;
  const tls = { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername };
  const given = Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined));
  const kept = { keepAlive: true, maxSockets: TOGETHER };
  if (cluster?.proxyUrl && found.agent) return { agent: found.agent as http.Agent, headers };
  const isPlain = cluster?.server.startsWith('http:');
  const trust = cluster?.skipTLSVerify ? { rejectUnauthorized: false } : {};
  const name = cluster?.tlsServerName ? { servername: cluster.tlsServerName } : {};
  return { agent: isPlain ? new http.Agent(kept) : new https.Agent({ ...given, ...trust, ...name, ...kept }), headers };
}

function impersonation(options: Vars): Record<string, string> {
  const user = options['impersonate_user'];
  const groups = options['impersonate_groups'];
  return {
    ...(typeof user === 'string' ? { 'Impersonate-User': user } : {}),
    ...(Array.isArray(groups) && groups.length > 0 ? { 'Impersonate-Group': groups.join(',') } : {}),
  };
}

function send(
  server: string,
  call: Call,
  door: Door,
  seconds: number,
  signal: AbortSignal,
  count: { bytesSent: number; bytesReceived: number },
): Promise<Reply> {
  const url = new URL(`${server}${call.path}`);
  for (const [name, value] of Object.entries(call.query ?? {}))
    if (value !== undefined) url.searchParams.set(name, String(value));
  const body = call.body === undefined ? undefined : Buffer.from(JSON.stringify(call.body));
  const headers = {
    ...door.headers,
    Accept: call.accept ?? 'application/json',
    'User-Agent': 'tsrun',
    ...(body ? { 'Content-Type': call.type ?? 'application/json', 'Content-Length': body.length } : {}),
  };
  const library = url.protocol === 'http:' ? http : https;
  return new Promise((resolve, reject) => {
    const request = library.request(url, { method: call.method, agent: door.agent, headers, signal });
    request.setTimeout(seconds * 1000, () => {
      request.destroy(Object.assign(new Error(`no answer within ${seconds} s`), { code: 'ESILENT' }));
    });
    request.on('error', reject);
    request.on('response', response => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => void parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(parts).toString('utf8');
        count.bytesReceived += Buffer.byteLength(text);
        resolve({ status: response.statusCode ?? 0, text, retryAfter: Number(response.headers['retry-after'] ?? 0) || 0 });
      });
    });
    count.bytesSent += body?.length ?? 0;
    request.end(body);
  });
}
