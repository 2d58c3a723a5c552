// The open connections of a run: one a target, opened when first asked, closed together. What they cost is summed by host.
import { setMaxListeners } from 'node:events';
import type { Connection, Session, Target, Traffic, Vars } from '../core/types.ts';

export interface Sessions {
  open(target: Target, how?: 'fresh'): Promise<Session>;
  /** A new connection without the lock, closed after its use. */
  trial<T>(target: Target, use: (session: Session) => Promise<T>): Promise<T>;
  traffic(host: string): Traffic;
  /** Frees what this host holds; its connections count on. */
  close(host: string): Promise<void>;
  closeAll(): Promise<void>;
}

interface Held {
  readonly host: string;
  readonly session: Promise<Session>;
}

const NOTHING: Traffic = { roundTrips: 0, bytesSent: 0, bytesReceived: 0 };
const sum = (a: Traffic, b: Traffic): Traffic => ({
  roundTrips: a.roundTrips + b.roundTrips,
  bytesSent: a.bytesSent + b.bytesSent,
  bytesReceived: a.bytesReceived + b.bytesReceived,
});

/** What of a task's arguments chooses a cluster, or who asks it. */
const CLUSTER =
  /^(kubeconfig|context|host|api_key|username|password|validate_certs|ca_cert|client_cert|client_key|proxy|impersonate_\w+)$/;

export const clusterOf = (options: Vars): string =>
  Object.entries(options)
    .filter(([key]) => CLUSTER.test(key))
    .map(pair => JSON.stringify(pair))
    .sort()
    .join('\n');

const keyOf = ({ name, connection, user, address, port, options }: Target): string =>
  [name, connection, user, address, port, connection === 'kubernetes' ? clusterOf(options) : ''].join('\n');

/** Opens and closes, and sums what it cost: connections that are open, and those that were. */
function createDialer(connectionFor: (kind: string) => Promise<Connection>, signal: AbortSignal) {
  const past = new Map<string, Traffic>();
  const live = new Map<string, Set<Session>>();
  return {
    async start(target: Target): Promise<Session> {
      const session = await (await connectionFor(target.connection)).open(target, signal);
      live.set(target.name, (live.get(target.name) ?? new Set()).add(session));
      return session;
    },
    async retire(host: string, session: Session): Promise<void> {
      past.set(host, sum(past.get(host) ?? NOTHING, session.traffic()));
      live.get(host)?.delete(session);
      await session.close().catch(() => undefined);
    },
    traffic: (host: string): Traffic =>
      [...(live.get(host) ?? [])].reduce((total, session) => sum(total, session.traffic()), past.get(host) ?? NOTHING),
  };
}

/** Each connection listens for the end of the run: a hundred hosts are no leak. */
export function createSessions(
  connectionFor: (kind: string) => Promise<Connection>,
  signal: AbortSignal,
  locked: (target: Target) => Target = target => target,
): Sessions {
  setMaxListeners(0, signal);
  const held = new Map<string, Held>();
  const { start, retire, traffic } = createDialer(connectionFor, signal);
  const drop = async (key: string): Promise<void> => {
    const old = held.get(key);
    held.delete(key);
    const session = await old?.session.catch(() => undefined);
    if (old && session) await retire(old.host, session);
  };
  const close = async (host: string): Promise<void> => {
    await Promise.all([...held].filter(([, one]) => one.host === host).map(([key]) => drop(key)));
  };
  const open: Sessions['open'] = async (target, how) => {
    const key = keyOf(target);
    if (how === 'fresh') await drop(key);
    const known = held.get(key) ?? { host: target.name, session: start(locked(target)) };
    held.set(key, known);
    try {
      return await known.session;
    } catch (error) {
      held.delete(key);
      throw error;
    }
  };
  return {
    open,
    async trial(target, use) {
      const session = await start(target);
      try {
        return await use(session);
      } finally {
        await retire(target.name, session);
      }
    },
    traffic,
    close,
    closeAll: async () => void (await Promise.all([...new Set([...held.values()].map(one => one.host))].map(close))),
  };
}
