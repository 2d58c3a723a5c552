// The Session that ssh and local share: residents by user, transfers beside them, and the count of what it all cost.
import { randomBytes } from 'node:crypto';
import pLimit from 'p-limit';
import { Unreachable } from '../core/lost.ts';
import { asWritten } from '../core/shell.ts';
import type { AskOptions, Become, Blob, Output, Question, RunLock, Session, Target, Traffic } from '../core/types.ts';
import type { Nonce } from './batch.ts';
import { shapeOf } from './launch.ts';
import { Resident } from './resident.ts';
import { type Asker, getByAsks, putByAsks } from './transfer-asks.ts';
import { get, put, type Way } from './transfer.ts';
import type { Wire } from './wire.ts';

/** sshd allows ten sessions a connection; residents and transfers together stay below. */
const mostResidents = 6;
const mostTransfers = 2;
/** Seconds that ending a process on the host may take. */
const killPatience = 10;
/** Bytes of each stream that one answer keeps. */
const keptBytes = 16 << 20;

const newNonce = (): Nonce => ({ left: randomBytes(8).toString('hex'), right: randomBytes(8).toString('hex') });

const keyOf = (become: Become | undefined): string =>
  become === undefined ? '' : JSON.stringify([become.user, become.method, become.flags ?? '', become.password ?? null]);

export const sessionOn = (wire: Wire, target: Target): Session => new HostSession(wire, target);

class HostSession implements Session {
  readonly #wire: Wire;
  readonly #target: Target;
  readonly #residents = new Map<string, Resident>();
  readonly #transfers = pLimit(mostTransfers);
  #roundTrips = 0;

  constructor(wire: Wire, target: Target) {
    this.#wire = wire;
    this.#target = target;
  }

  ask(questions: readonly Question[], options: AskOptions): Promise<readonly Output[]> {
    return this.#residentOf(options.as).ask(questions, options);
  }

  put(blob: Blob, path: string, { as }: { readonly as?: Become }): Promise<void> {
    return this.#throughChannel(
      as,
      () => put(this.#wayAs(as), blob, path),
      () => putByAsks(this.#askerAs(as), blob, path),
    );
  }

  get(path: string, into: string, { as }: { readonly as?: Become }): Promise<string> {
    return this.#throughChannel(
      as,
      () => get(this.#wayAs(as), path, into),
      () => getByAsks(this.#askerAs(as), path, into),
    );
  }

  traffic(): Traffic {
    const { sent, received } = this.#wire.bytes();
    return { roundTrips: this.#roundTrips, bytesSent: sent, bytesReceived: received };
  }

  close(): Promise<void> {
    for (const resident of this.#residents.values()) resident.close();
    this.#residents.clear();
    this.#wire.close();
    return Promise.resolve();
  }

  readonly #count = (trips: number): void => {
    this.#roundTrips += trips;
  };

  #newResident(become: Become | undefined, kill: (group: string) => Promise<void>, lock = () => this.#lockFor(become)): Resident {
    return new Resident({
      wire: this.#wire,
      host: this.#target.name,
      shell: this.#target.shell,
      root: this.#target.user === 'root',
      become,
      lock,
      limit: keptBytes,
      nonce: newNonce,
      count: this.#count,
      kill,
    });
  }

  /** Taken once, and by root's shell in any case: only root has one lock for all logins. */
  #lockFor(become: Become | undefined): RunLock | undefined {
    const isRoot = (become?.user ?? this.#target.user) === 'root';
    return isRoot || ![...this.#residents.values()].some(each => each.locks) ? this.#target.lock : undefined;
  }

  #residentOf(become: Become | undefined): Resident {
    const key = keyOf(become);
    const resident = this.#residents.get(key) ?? this.#newResident(become, group => this.#killAs(become, group));
    // The map is kept in order of use: the first idle one has rested longest.
    this.#residents.delete(key);
    this.#residents.set(key, resident);
    if (this.#residents.size > mostResidents) this.#closeOneIdle(resident);
    return resident;
  }

  #closeOneIdle(but: Resident): void {
    const idle = [...this.#residents].find(([, each]) => each.busy === 0 && !each.locks && each !== but);
    if (idle === undefined) return;
    idle[1].close();
    this.#residents.delete(idle[0]);
  }

  /** A closed channel does not end what runs behind it, so a shell of the same user does. */
  async #killAs(become: Become | undefined, group: string): Promise<void> {
    if (!/^[1-9]\d*$/.test(group) || group === '1') return;
    const killer = this.#newResident(
      become,
      () => Promise.resolve(),
      () => undefined,
    );
    try {
      await killer.ask([{ sh: asWritten(`kill -s KILL -- -${group}`) }], { timeout: killPatience });
    } finally {
      killer.close();
    }
  }

  #wayAs(become: Become | undefined): Way {
    return { wire: this.#wire, target: this.#target, become, nonce: newNonce(), count: this.#count };
  }

  #askerAs(become: Become | undefined): Asker {
    return {
      host: this.#target.name,
      ask: async question => {
        const [answer] = await this.#residentOf(become).ask([question], { timeout: 0 });
        if (answer === undefined) throw new TypeError('one question has one answer');
        return answer;
      },
    };
  }

  /** A channel of its own is fastest. doas that wants a terminal cannot have one, nor a host whose MaxSessions is used up. */
  async #throughChannel<T>(become: Become | undefined, own: () => Promise<T>, shared: () => Promise<T>): Promise<T> {
    if (shapeOf(become) === 'merged') return shared();
    try {
      return await this.#transfers(own);
    } catch (error) {
      if (error instanceof Unreachable && error.fault.code === 'E610') return shared();
      throw error;
    }
  }
}
