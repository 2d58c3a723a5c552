// An ssh server inside the test process, on the ssh2 package: exec runs a real shell. It counts what it sees and misbehaves on demand.
import { spawn } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import ssh2, { type AuthContext, type Connection, type ParsedKey, type ServerChannel, type ServerConfig } from 'ssh2';
import type { Target } from '../../runner/core/types.ts';

export interface Account {
  readonly password?: string;
  /** Public keys in OpenSSH's form. */
  readonly keys?: readonly string[];
  /** The password is taken by keyboard-interactive alone. */
  readonly asksByKeyboard?: boolean;
}

export interface SshServerOptions {
  readonly users?: Readonly<Record<string, Account>>;
  /** A private key; made anew where none is given. */
  readonly hostKey?: string;
  /** The login shell that gets `-c COMMAND`. */
  readonly login?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The connection is cut once this many bytes of output went out. */
  readonly cutAfter?: number;
  /** Milliseconds before a command starts. */
  readonly delay?: number;
  /** Channels beyond these are refused. */
  readonly channels?: number;
  readonly refusesExec?: boolean;
  readonly forwards?: boolean;
  readonly algorithms?: ServerConfig['algorithms'];
}

/** What the server saw. A turn is one or more messages of the client after something that the server said. */
export interface Seen {
  connections: number;
  channels: number;
  turns: number;
  /** Bytes that commands wrote, without the protocol's own: how they fall into packets is chance. */
  output: number;
  readonly commands: string[];
  /** Methods of authentication in the order tried, `user:method`. */
  readonly methods: string[];
  readonly forwards: string[];
}

export interface SshServer {
  readonly port: number;
  readonly seen: Seen;
  /** A line for known_hosts. */
  readonly known: string;
  /** Goes on reading, answers nothing any more. */
  silence(): void;
  /** Ends all connections at once. */
  cut(): void;
  close(): Promise<void>;
}

export interface KeyPair {
  readonly private: string;
  readonly public: string;
}

/** Now and then ssh2 makes a key that it cannot read itself; then it makes another. */
export function newKey(passphrase?: string): KeyPair {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync(
      'ed25519',
      passphrase === undefined ? {} : { passphrase, cipher: 'aes256-ctr', rounds: 2 },
    );
    if (!(ssh2.utils.parseKey(pair.private, passphrase) instanceof Error)) return pair;
  }
}

type Speak = { client(): void; server(): void };

function accepts(context: AuthContext, account: Account): boolean {
  if (context.method === 'password') return !account.asksByKeyboard && context.password === account.password;
  if (context.method !== 'publickey') return false;
  const found = (account.keys ?? [])
    .map(text => ssh2.utils.parseKey(text) as ParsedKey)
    .find(key => key.getPublicSSH().equals(context.key.data));
  if (found === undefined) return false;
  if (context.signature === undefined || context.blob === undefined) return true;
  // The types say boolean; it may be an Error.
  const verified: unknown = found.verify(context.blob, context.signature, context.hashAlgo);
  return verified === true;
}

function authenticate(context: AuthContext, options: SshServerOptions, seen: Seen): void {
  seen.methods.push(`${context.username}:${context.method}`);
  const account = options.users?.[context.username];
  const offered = [
    'publickey',
    ...(account?.password === undefined ? [] : [account.asksByKeyboard ? 'keyboard-interactive' : 'password']),
  ];
  const refuse = (): void => context.reject(offered as never);
  if (account === undefined) return refuse();
  if (context.method === 'keyboard-interactive' && account.asksByKeyboard) {
    return context.prompt([{ prompt: 'Password: ', echo: false }], answers =>
      answers[0] === account.password ? context.accept() : refuse(),
    );
  }
  if (accepts(context, account)) context.accept();
  else refuse();
}

interface Life {
  readonly options: SshServerOptions;
  readonly seen: Seen;
  isSilent(): boolean;
  cut(): void;
}

/** One command behind a channel, as sshd runs it: by the login shell, in a group of its own. */
function runCommand(command: string, channel: ServerChannel, life: Life, speak: Speak): void {
  const child = spawn(life.options.login ?? 'sh', ['-c', command], {
    detached: true,
    stdio: 'pipe',
    env: { ...process.env, HOME: process.env.HOME ?? '/', ...life.options.env },
  });
  let sent = 0;
  const relay = (into: NodeJS.WritableStream) => (bytes: Buffer) => {
    if (life.isSilent()) return;
    const room = (life.options.cutAfter ?? Number.POSITIVE_INFINITY) - sent;
    sent += bytes.length;
    life.seen.output += bytes.length;
    speak.server();
    into.write(bytes.subarray(0, Math.max(0, room)));
    if (bytes.length > room) setTimeout(life.cut, 20);
  };
  child.stdout.on('data', relay(channel));
  child.stderr.on('data', relay(channel.stderr));
  child.stdin.on('error', () => undefined);
  channel.on('error', () => undefined);
  channel.on('data', (bytes: Buffer) => {
    speak.client();
    child.stdin.write(bytes);
  });
  channel.on('end', () => child.stdin.end()).on('close', () => child.stdin.end());
  child.on('exit', (code, signal) => {
    if (life.isSilent()) return;
    if (signal === null) channel.exit(code ?? 255);
    else channel.exit(signal.replace(/^SIG/, ''), false, '');
  });
  child.on('close', () => {
    if (!life.isSilent()) channel.end();
  });
}

function serve(connection: Connection, life: Life): void {
  const { options, seen } = life;
  let spoke = true;
  const speak: Speak = {
    client: () => {
      if (spoke) seen.turns += 1;
      spoke = false;
    },
    server: () => {
      spoke = true;
    },
  };
  let open = 0;
  connection.on('error', () => undefined);
  connection.on('authentication', context => authenticate(context, options, seen));
  connection.on('tcpip', (accept, reject, info) => {
    seen.forwards.push(`${info.destIP}:${info.destPort}`);
    if (!options.forwards) return reject();
    const far = connect(info.destPort, info.destIP);
    const near = accept();
    far.on('error', () => near.end());
    near.on('error', () => undefined);
    near.pipe(far).pipe(near);
  });
  connection.on('session', (accept, reject) => {
    speak.client();
    if (life.isSilent()) return;
    seen.channels += 1;
    speak.server();
    open += 1;
    if (open > (options.channels ?? 10)) return reject();
    const session = accept();
    session.on('close', () => {
      open -= 1;
    });
    session.on('pty', agree => agree());
    session.on('exec', (agree, refuse, { command }) => {
      speak.client();
      seen.commands.push(command);
      if (life.isSilent()) return;
      speak.server();
      if (options.refusesExec) return refuse();
      const start = (): void => runCommand(command, agree(), life, speak);
      if (options.delay === undefined) start();
      else setTimeout(start, options.delay);
    });
  });
}

/** Listens on a free port of 127.0.0.1. */
export async function startSshServer(options: SshServerOptions = {}): Promise<SshServer> {
  const hostKey = options.hostKey ?? newKey().private;
  const seen: Seen = { connections: 0, channels: 0, turns: 0, output: 0, commands: [], methods: [], forwards: [] };
  const sockets = new Set<Socket>();
  let silent = false;
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const life: Life = { options, seen, isSilent: () => silent, cut };
  const server = new ssh2.Server(
    { hostKeys: [hostKey], ...(options.algorithms ? { algorithms: options.algorithms } : {}) },
    connection => {
      seen.connections += 1;
      serve(connection, life);
    },
  );
  // The package hides its sockets; a plain server in front has them, and can cut them.
  const { createServer } = await import('node:net');
  const front = createServer({ noDelay: true }, socket => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
    server.injectSocket(socket);
  });
  await new Promise<void>(resolve => front.listen(0, '127.0.0.1', resolve));
  const address = front.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const publicKey = ssh2.utils.parseKey(hostKey) as ParsedKey;
  return {
    port,
    seen,
    known: `[127.0.0.1]:${port} ${publicKey.type} ${publicKey.getPublicSSH().toString('base64')}\n`,
    silence: () => {
      silent = true;
      for (const socket of sockets) socket.pause();
    },
    cut,
    close: () => {
      cut();
      return new Promise(resolve => front.close(() => resolve()));
    },
  };
}

/** A target for tests: no agent, no files, keys refused unless they are known. */
export function target(changes: Partial<Target> = {}): Target {
  return {
    name: 'host-1',
    connection: 'ssh',
    address: '127.0.0.1',
    port: 22,
    user: 'worker',
    privateKeyFiles: [],
    identitiesOnly: false,
    knownHostsFiles: [],
    hostKeyChecking: 'yes',
    jump: [],
    connectTimeout: 10,
    shell: 'sh',
    options: {},
    ...changes,
  };
}
