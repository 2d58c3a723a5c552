// A TCP relay in front of the hosts: it counts bytes and turns, can hold each chunk back for half a round trip, and says when the
// first byte came. It changes no byte, keeps the order, has no cap on throughput. As a process: node bench/relay.mjs PORT DELAY.
import { connect, createServer } from 'node:net';

/** Node's timers fire late by up to a millisecond: the last part of the way is short steps. */
function until(due, act) {
  const left = due - performance.now();
  if (left <= 0.6) act();
  else setTimeout(until, Math.max(1, Math.floor(left - 0.5)), due, act);
}

/** One direction. A chunk leaves `half` after it came, and never before the one in front of it. */
function pass(from, into, half, opened, saw) {
  const queue = [];
  const pump = () => {
    if (queue.length === 0) return;
    until(queue[0].due, () => {
      const { bytes } = queue.shift();
      if (bytes === null) into.end();
      else if (!into.destroyed) into.write(bytes);
      pump();
    });
  };
  const put = bytes => {
    queue.push({ bytes, due: Math.max(performance.now() + half, opened) });
    if (queue.length === 1) pump();
  };
  from.on('data', bytes => {
    saw(bytes.length);
    put(bytes);
  });
  from.on('end', () => put(null));
  from.on('error', () => undefined);
  from.on('close', () => until(performance.now() + half, () => into.end()));
}

const nothing = () => ({ connections: 0, turns: 0, sent: 0, received: 0, first: null });

/** Listens on all addresses and goes on to the same address at `port`: 127.0.1.7 through the relay is 127.0.1.7. */
export async function openRelay(port, delay = 0) {
  const half = delay / 2;
  let counts = nothing();
  const sockets = new Set();
  const server = createServer({ noDelay: true, allowHalfOpen: true }, near => {
    const opened = performance.now() + 3 * half;
    let spoke = true;
    counts.connections += 1;
    near.pause();
    // The client was told at once that it is connected; its first bytes arrive when a real SYN, SYN-ACK and they would have.
    const far = connect({ port, host: near.localAddress.replace(/^::ffff:/, ''), noDelay: true, allowHalfOpen: true });
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    }
    pass(near, far, half, opened, size => {
      counts.first ??= performance.timeOrigin + performance.now();
      counts.sent += size;
      if (spoke) counts.turns += 1;
      spoke = false;
    });
    pass(far, near, half, opened + half, size => {
      counts.received += size;
      spoke = true;
    });
    near.resume();
  });
  await new Promise(resolve => server.listen(0, '0.0.0.0', 4096, resolve));
  return {
    port: server.address().port,
    counts: () => counts,
    reset: () => (counts = nothing()),
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise(resolve => server.close(resolve));
    },
  };
}

if (process.argv[1] === import.meta.filename) {
  const relay = await openRelay(Number(process.argv[2]), Number(process.argv[3]));
  process.on('message', word => {
    if (word === 'reset') relay.reset();
    process.send(word === 'port' ? relay.port : relay.counts());
  });
  // A benchmark that is broken off at the keyboard ends its relays itself.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => undefined);
  process.on('disconnect', () => process.exit(0));
  process.send(relay.port);
}
