// Opens an authenticated ssh2 client to one place, over TCP or through another client. Starts no command.
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Algorithms, Client, type ConnectConfig } from 'ssh2';
import { Unreachable } from '../core/lost.ts';
import type { Target } from '../core/types.ts';
import { decide, type Files, hostKeyOrder, type Place, remember } from './host-key.ts';
import { type Login, loginFor } from './ssh-auth.ts';
import { spareFiles } from './spare-files.ts';
import { authFailed, handshakeFault, jumpFault, lost, socketFault, timedOut } from './ssh-faults.ts';

/** Safe ones only. Group exchange costs a second of work in ssh2, so it comes last. */
const algorithms: Algorithms = {
  kex: [
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group14-sha256',
    'diffie-hellman-group16-sha512',
    'diffie-hellman-group18-sha512',
    'diffie-hellman-group-exchange-sha256',
  ],
  cipher: [
    'aes128-gcm@openssh.com',
    'aes256-gcm@openssh.com',
    'chacha20-poly1305@openssh.com',
    'aes128-ctr',
    'aes192-ctr',
    'aes256-ctr',
  ],
  hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256', 'hmac-sha2-512'],
  compress: ['none'],
};

export interface Hop extends Place {
  readonly user: string;
}

export interface Joined {
  readonly client: Client;
  /** Resolves when the connection is gone, with the reason; never rejects. */
  readonly lost: Promise<Unreachable>;
  /** OpenSSH takes packets of 256 KiB; all that others must take is 35000 bytes. */
  readonly isOpenSsh: boolean;
}

const spare = spareFiles();

/** TCP without Nagle's delay, which would hold each command back for 40 ms. */
export function dial(hop: Hop, seconds: number, signal: AbortSignal): Promise<Socket> {
  spare.keep();
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hop.host, port: hop.port, noDelay: true, keepAlive: true, signal });
    const timer = setTimeout(() => {
      reject(timedOut(hop, seconds));
      socket.destroy();
    }, seconds * 1000);
    socket.once('connect', () => {
      clearTimeout(timer);
      resolve(socket);
    });
    // For the whole life: a socket without a listener throws.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      if (error.code === 'EMFILE' || error.code === 'ENFILE') spare.release();
      reject(socketFault(hop, error));
    });
  });
}

/** A stream to the next place through a jump host. */
export function forward(from: Joined, hop: Hop, next: Hop): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    from.client.forwardOut('127.0.0.1', 0, next.host, next.port, (error, stream) => {
      if (error) return reject(jumpFault(hop, next, error));
      stream.on('error', () => undefined);
      resolve(stream);
    });
  });
}

const seconds = (value: unknown, otherwise: number): number => (typeof value === 'number' && value >= 0 ? value : otherwise);

interface Proofs {
  readonly order: Algorithms['serverHostKey'];
  readonly login: Login;
  verify(blob: Buffer): boolean;
}

const configOf = (stream: Duplex, hop: Hop, target: Target, { order, verify, login }: Proofs): ConnectConfig => ({
  sock: stream,
  username: hop.user,
  algorithms: { ...algorithms, ...(order === undefined ? {} : { serverHostKey: order }) },
  hostVerifier: verify,
  authHandler: ((allowed: never, partial: never) => login.next(allowed, partial)) as never,
  readyTimeout: target.connectTimeout * 1000,
  keepaliveInterval: seconds(target.options.serverAliveInterval, 15) * 1000,
  keepaliveCountMax: seconds(target.options.serverAliveCountMax, 4),
});

/** Handshake, host key and login. Rejects with Unreachable. */
export async function join(stream: Duplex, hop: Hop, target: Target, files: Files): Promise<Joined> {
  const [known, login] = await Promise.all([files(target.knownHostsFiles), loginFor(target, hop.user)]);
  const client = new Client();
  let refused: Unreachable | undefined;
  let lastError: Error & { level?: string } = new Error('the host closed the connection');
  let isReady = false;
  let isOpenSsh = false;
  const gone = new Promise<Unreachable>(resolve => {
    client.on('close', () => resolve(lost(hop, lastError.message, lastError.level === 'client-timeout')));
    // ssh2 tells a timeout first and closes later.
    client.on('error', error => {
      if (isReady && error.level !== 'agent') resolve(lost(hop, error.message, error.level === 'client-timeout'));
    });
  });
  const ready = new Promise<Joined>((resolve, reject) => {
    client.on('ready', () => {
      isReady = true;
      resolve({ client, lost: gone, isOpenSsh });
    });
    client.on('error', error => {
      // An agent that does not answer is one method less, no more.
      if (error.level === 'agent') return;
      lastError = error;
      if (isReady) return;
      if (error.level === 'client-authentication') reject(authFailed(hop, hop.user, login.tried(), login.allowed()));
      else reject(refused ?? handshakeFault(hop, error, target.connectTimeout));
    });
    client.on('close', () => reject(refused ?? closedEarly(hop, login.tried(), lastError)));
  });
  const verify = (blob: Buffer): boolean => {
    const decision = decide(hop, blob, target, known);
    if (decision.is === 'refuse') refused = new Unreachable(decision.fault);
    if (decision.is === 'remember') void remember(hop, blob, target);
    if (decision.is === 'accept-guarded') login.guard();
    return decision.is !== 'refuse';
  };
  client.connect(configOf(stream, hop, target, { order: hostKeyOrder(known, hop), verify, login }));
  // The first bytes name the server. ssh2 has paused the stream by now, so they are not taken from it.
  stream.once('data', (bytes: Buffer) => {
    isOpenSsh = bytes.includes('OpenSSH');
  });
  return ready.catch((error: unknown) => {
    client.destroy();
    throw error;
  });
}

/** Servers also close the connection after too many refused keys. */
const closedEarly = (hop: Hop, tried: readonly string[], error: Error): Unreachable =>
  tried.length > 0 ? authFailed(hop, hop.user, [...tried, `then: ${error.message}`], []) : handshakeFault(hop, error, 0);
