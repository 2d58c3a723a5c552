// One play: its batches, and the hosts of a batch side by side. The order inside a host is tree.ts.
import pLimit from 'p-limit';
import { batches } from '../core/batches.ts';
import type { Handler, Play } from '../core/site.ts';
import { createObservations } from '../plan/wave.ts';
import type { RunContext } from './context.ts';
import { gatherTask } from './gather.ts';
import type { Batch, Flow, HostRun, Slot } from './host-run.ts';
import { askPrompts } from './prompts.ts';
import { dismiss } from './lockout.ts';
import { MOST_PROBES } from './look.ts';
import { createRendezvous } from './rendezvous.ts';
import { isWanted } from './stepping.ts';
import { runTask } from './task.ts';
import { frameOf, runSections } from './tree.ts';

/** False where the run ends here (a batch failed as a whole, any_errors_fatal, interrupted). */
export async function runPlay(context: RunContext, written: Play): Promise<boolean> {
  // One question a task: with --step all hosts take it together.
  const play: Play = context.stepping ? { ...written, strategy: 'linear' } : written;
  const hosts = context.hostsOf(play).filter(host => !context.lost.has(host));
  context.emit({ event: 'play_start', play: play.name, hosts });
  const handlers: Handler[] = [...play.handlers];
  const prompted = hosts.length > 0 ? await askPrompts(context, play) : {};
  for (const host of hosts) context.memory(host).setPrompted(prompted);
  let goesOn = true;
  for (const names of batches(hosts, play.serial)) {
    const batch = await runBatch(context, play, names, hosts, handlers);
    const isDead = names.length > 0 && names.every(name => context.lost.has(name));
    goesOn =
      !(batch.stop === 'ended' && batch.failed.size > 0) && !isDead && !context.signal.aborted && !context.stepping?.ended();
    if (!goesOn || batch.endsPlay) break;
  }
  context.emit({ event: 'play_end', play: play.name, hosts });
  return goesOn;
}

async function runBatch(
  context: RunContext,
  play: Play,
  names: readonly string[],
  all: readonly string[],
  handlers: Handler[],
): Promise<Batch> {
  const batch: Batch = {
    play,
    hosts: names,
    rendezvous: createRendezvous(names),
    runs: new Map(),
    once: new Map(),
    failed: new Set(),
    refreshes: new Map(),
    leads: new Map(),
    throttles: new Map(),
    handlers,
  };
  const magic = {
    ansible_play_name: play.name,
    ansible_play_hosts_all: all,
    ansible_play_hosts: names,
    ansible_play_batch: names,
    play_hosts: names,
  };
  const limit = pLimit(context.options.forks);
  for (const name of names) {
    context
      .memory(name)
      .setMagic({ ...magic, ansible_check_mode: context.options.check, ansible_diff_mode: context.options.diff });
    batch.runs.set(name, createHostRun(context, batch, name, slot(limit)));
  }
  await Promise.all([...batch.runs.values()].map(run => runHost(run)));
  return batch;
}

/** A fork that can be given back while the host waits for others, else a barrier with fewer forks than hosts would never open. */
function slot(limit: ReturnType<typeof pLimit>): Slot {
  let release: () => void = () => undefined;
  return {
    take: () => new Promise(taken => void limit(() => new Promise<void>(free => taken(void (release = free))))),
    give: () => release(),
  };
}

function createHostRun(context: RunContext, batch: Batch, name: string, own: Slot): HostRun {
  return {
    name,
    context,
    batch,
    play: batch.play,
    memory: context.memory(name),
    observations: createObservations({ expiry: context.options.expiry }),
    ahead: new Map(),
    foretold: context.foretold(name),
    aliases: new Map(),
    frames: [],
    prefix: [],
    notified: new Map(),
    owed: context.owed(name),
    debts: new Set(),
    rescuers: 0,
    window: MOST_PROBES,
    cautious: false,
    guards: new Map(),
    inHandler: false,
    passes: new Map(),
    fresh: new Set(),
    isLost: false,
    local: {},
    slot: own,
    pause: async wait => {
      own.give();
      try {
        return await wait;
      } finally {
        await own.take();
      }
    },
  };
}

async function runHost(run: HostRun): Promise<void> {
  const { context, batch, name } = run;
  await run.slot.take();
  const began = context.clock.now();
  try {
    const flow = context.signal.aborted ? 'ended' : await runAll(run);
    await dismiss(run, flow);
    if (flow === 'failed') batch.failed.add(name);
    if (flow === 'failed' || run.isLost) context.lost.add(name);
    if (run.isLost && (run.play.anyErrorsFatal || run.play.maxFailPercentage === 0)) batch.stop = 'ended';
  } finally {
    context.tally(name).seconds += (context.clock.now() - began) / 1000;
    batch.runs.delete(name);
    batch.rendezvous.leave(name);
    run.slot.give();
  }
}

async function runAll(run: HostRun): Promise<Flow> {
  const gather = gathers(run) ? [gatherTask(run.play)] : [];
  run.frames.push(frameOf(gather, run.play.sections));
  for (const task of gather) {
    const frame = run.frames[0];
    if (frame) frame.at = 0;
    const wanted = await isWanted(run, task);
    const flow = wanted === 'run' ? await runTask(run, task) : wanted === 'pass' ? 'go' : 'ended';
    if (flow !== 'go') return flow;
  }
  return runSections(run, run.play.sections);
}

function gathers(run: HostRun): boolean {
  if (run.play.gatherFacts !== undefined) return run.play.gatherFacts;
  return run.play.needsFacts && run.memory.know().facts === undefined;
}
