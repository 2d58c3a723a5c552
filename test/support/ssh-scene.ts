// A scene whose hosts are ssh servers inside the test process, on the way through a proxy that can cut or count. Knows no module.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newKey, type SshServer, type SshServerOptions, startSshServer } from './ssh-server.ts';
import { scene, type Scene } from './run-playbook.ts';

const execute = promisify(execFile);

export interface Proxy {
  readonly port: number;
  /** Bytes that went through since the last `limit`, both ways. */
  passed(): number;
  /** Cuts the connection after so many bytes; none: never. */
  limit(bytes?: number): void;
  /** Lets through so many bytes a second each way; none: as fast as it goes. */
  pace(bytesPerSecond?: number): void;
  close(): Promise<void>;
}

/** Passes bytes on to `port` up to a limit, then destroys both ends in the middle of a packet. */
export async function startProxy(port: number): Promise<Proxy> {
  const open = new Set<Socket>();
  let rate = Number.POSITIVE_INFINITY;
  let passed = 0;
  let most = Number.POSITIVE_INFINITY;
  const cut = (): void => open.forEach(socket => void socket.destroy());
  const relay = (from: Socket, to: Socket): void => {
    open.add(from);
    from.on('close', () => {
      open.delete(from);
      to.destroy();
    });
    from.on('error', () => undefined);
    from.on('data', (bytes: Buffer) => {
      const room = most - passed;
      passed += Math.min(bytes.length, Math.max(0, room));
      if (bytes.length <= room) return void to.write(bytes);
      if (room > 0) to.write(bytes.subarray(0, room), cut);
      else cut();
    });
    // A slow link takes the next bytes when these have gone.
    from.on('data', (bytes: Buffer) => {
      if (rate === Number.POSITIVE_INFINITY) return;
      from.pause();
      setTimeout(() => from.resume(), (1000 * bytes.length) / rate);
    });
  };
  const server = createServer({ noDelay: true }, near => {
    const far = connect({ host: '127.0.0.1', port, noDelay: true });
    relay(near, far);
    relay(far, near);
  });
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
  return {
    port: (server.address() as AddressInfo).port,
    passed: () => passed,
    limit: bytes => {
      passed = 0;
      most = bytes ?? Number.POSITIVE_INFINITY;
    },
    pace: bytesPerSecond => {
      rate = bytesPerSecond ?? Number.POSITIVE_INFINITY;
    },
    close: () => {
      cut();
      return new Promise(done => server.close(() => done()));
    },
  };
}

export interface SshScene extends Scene {
  readonly server: SshServer;
  readonly proxy: Proxy;
  /** Once no shell that a run left alone on the host is at work any more: such a shell holds the lock of the host. */
  settled(host?: string): Promise<void>;
  stop(): Promise<void>;
}

/** Hosts h1 and h2 in an inventory; both are one server, each with a lock of its own. */
export async function sshScene(files: Readonly<Record<string, string>>, options: SshServerOptions = {}): Promise<SshScene> {
  const key = newKey();
  const server = await startSshServer({ users: { worker: { keys: [key.public] } }, ...options });
  const proxy = await startProxy(server.port);
  const one = scene({ 'hosts.yaml': '', ...files });
  // The server's shells inherit this process' environment, also for a runner that is a process of its own and comes before any play.
  process.env.TSRUN_OWED = join(one.dir, 'owed');
  const at = (name: string): string => join(one.dir, name);
  writeFileSync(at('key'), key.private, { mode: 0o600 });
  writeFileSync(at('known_hosts'), server.known.replace(`:${server.port}`, `:${proxy.port}`));
  const vars = {
    ansible_host: '127.0.0.1',
    ansible_port: proxy.port,
    ansible_user: 'worker',
    ansible_ssh_private_key_file: at('key'),
    ansible_ssh_common_args: `-o UserKnownHostsFile=${at('known_hosts')} -o StrictHostKeyChecking=yes -o IdentitiesOnly=yes`,
    tsrun_lock: `${one.dir}/lock-{{ inventory_hostname }}`,
  };
  writeFileSync(at('hosts.yaml'), JSON.stringify({ all: { vars, hosts: { h1: {}, h2: {} } } }));
  const stop = async (): Promise<void> => {
    await proxy.close();
    await server.close();
    one.end();
  };
  const settled = async (host = 'h1'): Promise<void> => void (await execute('flock', ['-w', '60', at(`lock-${host}`), 'true']));
  return { ...one, server, proxy, settled, stop };
}
