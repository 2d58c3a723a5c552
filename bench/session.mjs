// Measures one job after another: for each peer and state a run that counts, behind the relay, then the runs that are timed.
import { fork } from 'node:child_process';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { peers } from './peers.mjs';
import { runOnce } from './process.mjs';

const median = list => {
  const sorted = [...list].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};
const rounded = (n, digits) => (n === undefined || !Number.isFinite(n) ? null : Number(n.toFixed(digits)));
export const keyOf = row => [row.peer, row.hosts, row.tasks, row.delay, row.state].join('/');

/** A relay in a process of its own, asked over its channel. */
async function startRelay(port, delay) {
  const child = fork(join(import.meta.dirname, 'relay.mjs'), [port, delay].map(String));
  const next = () =>
    new Promise((resolve, reject) => {
      const gone = () => reject(new Error('the relay has ended'));
      child.once('exit', gone).once('error', gone);
      child.once('message', message => {
        child.off('exit', gone).off('error', gone);
        resolve(message);
      });
    });
  const ask = word => {
    const answer = next();
    child.send(word);
    return answer;
  };
  return {
    port: await next(),
    reset: () => ask('reset'),
    counts: () => ask('counts'),
    close: () => child.connected && child.disconnect(),
  };
}

/** Peers are installed when their turn comes first, relays are started likewise. */
export function openSession(site, settings) {
  const relays = new Map();
  const made = new Map();
  return {
    site,
    ...settings,
    relay: async delay => {
      if (!relays.has(delay)) relays.set(delay, await startRelay(site.port, delay));
      return relays.get(delay);
    },
    peer: name => {
      if (!made.has(name)) made.set(name, { name, title: peers[name].title, ...peers[name].make(site) });
      return made.get(name);
    },
    close: () => {
      for (const relay of relays.values()) relay.close();
    },
  };
}

/** The first line that says what is wrong, else the last one. */
const complaint = ({ err, out }) => {
  const lines = `${out}\n${err}`.trim().split('\n');
  return (lines.find(line => /"host_unreachable"|"failed":true|fatal:|unreachable!|error\b/i.test(line)) ?? lines.at(-1))
    .trim()
    .slice(0, 200);
};

async function run(session, peer, job, state, port) {
  session.signal.throwIfAborted();
  const { site } = session;
  const scene = await site.scene(job.hosts, job.tasks, port);
  if (state === 'first') await site.reset(job.hosts, job.tasks);
  const before = state === 'first' ? '' : await site.stamp(job.hosts, job.tasks);
  const done = await runOnce(peer.run(scene, state), {
    folder: site.folder,
    control: site.at('control'),
    cap: session.cap,
    signal: session.signal,
  });
  session.signal.throwIfAborted();
  if (done.stopped) return { ...done, problem: `stopped after the cap of ${session.cap} s` };
  if (done.code !== 0) return { ...done, problem: `wrong: ended with ${done.code}: ${complaint(done)}` };
  const wrong = await site.judge(job.hosts, job.tasks);
  if (wrong.length > 0)
    return { ...done, problem: `wrong: ${wrong.length} differences, the first: ${wrong[0].replace(site.folder, '')}` };
  const wrote = state !== 'first' && before !== (await site.stamp(job.hosts, job.tasks));
  return wrote ? { ...done, problem: `wrong: a ${state} run wrote to the hosts` } : done;
}

/** The hosts as all peers must leave them; the one who brings them there is tsrun, whose result is judged. */
async function converge(session, job) {
  const { site } = session;
  if ((await site.judge(job.hosts, job.tasks)).length === 0) return;
  const { problem } = await run(session, session.peer('tsrun'), job, 'first', site.port);
  if (problem) throw new Error(`the hosts could not be brought to the end state: ${problem}`);
}

/** How often a run of so many seconds is repeated: what is quick as often as asked, what is slow as its patience allows. */
const timesOf = ({ runs, patience }, wall) => Math.max(1, Math.min(runs, Math.round(patience / wall)));

/** One cell of the table. Seconds in which a run counts as slow enough for the relay not to matter: then the counting run is one of the sample. */
const SLOW = 4;
async function measure(session, peer, job, state) {
  const load = loadavg()[0];
  const relay = await session.relay(job.delay);
  await relay.reset();
  const warm = await run(session, peer, job, state, relay.port);
  const counts = await relay.counts();
  if (warm.problem) return { problem: warm.problem };
  const times = timesOf(session, warm.wall);
  const kept = warm.wall > SLOW ? [warm] : [];
  while (kept.length < times) {
    const one = await run(session, peer, job, state, job.delay > 0 ? relay.port : session.site.port);
    if (one.problem) return { problem: one.problem };
    kept.push(one);
  }
  const of = pick => rounded(median(kept.map(pick)), 3);
  return {
    n: kept.length,
    wall: of(one => one.wall),
    least: rounded(Math.min(...kept.map(one => one.wall)), 3),
    most: rounded(Math.max(...kept.map(one => one.wall)), 3),
    cpu: of(one => one.cpu),
    largest: of(one => one.largest),
    memory: of(one => one.memory),
    connections: rounded(counts.connections / job.hosts, 1),
    turns: rounded(counts.turns / job.hosts, 1),
    sent: Math.round(counts.sent / job.hosts),
    received: Math.round(counts.received / job.hosts),
    firstByte: counts.first === null ? null : rounded((counts.first - warm.began) / 1000, 3),
    trips: peer.tripsOf?.(kept.at(-1).out) ?? null,
    load: rounded(load, 1),
  };
}

/** About how long it would take, from the same peer's largest figure known; what is over the cap is not begun. */
function expected(rows, row) {
  const like = rows.filter(one => one.peer === row.peer && one.state === row.state && one.delay === row.delay && one.wall);
  const size = one => one.hosts * one.tasks;
  const nearest = like.filter(one => size(one) < size(row)).sort((a, b) => size(b) - size(a))[0];
  return nearest ? (nearest.wall * size(row)) / size(nearest) : 0;
}

/** All cells of a job; `keep` gets each row at once, so that what is broken off later is not lost. */
export async function measureJob(session, job, keep, known) {
  for (const name of job.peers) {
    const peer = session.peer(name);
    for (const state of peer.missing ? ['-'] : peer.states.filter(one => job.states.includes(one))) {
      const row = {
        peer: name,
        title: peer.title,
        version: peer.version ?? null,
        hosts: job.hosts,
        tasks: job.tasks,
        delay: job.delay,
        state,
      };
      const guess = expected(known(), row);
      if (peer.missing) keep({ ...row, problem: `not run: ${peer.missing}` });
      else if (guess * 0.6 > session.cap)
        keep({ ...row, problem: `not run: about ${Math.round(guess)} s expected, the cap is ${session.cap} s` });
      else {
        if (state !== 'first') await converge(session, job);
        keep({ ...row, ...(await measure(session, peer, job, state)) });
      }
    }
  }
}
