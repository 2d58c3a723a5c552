// The Session that ssh and local share: residents by user, transfers beside them, and the count of what it all cost.
import { randomBytes } from 'node:crypto';
import pLimit from 'p-limit';
import { Unreachable } from '../core/lost.ts';
import { asWritten } from '../core/shell.ts';
import type { Become, Session, Target, Traffic } from '../core/types.ts';
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

export function sessionOn(wire: Wire, target: Target): Session {
  const residents = new Map<string, Resident>();
  const transfers = pLimit(mostTransfers);
  let roundTrips = 0;
  const count = (trips: number): void => {
    roundTrips += trips;
  };

  const newResident = (become: Become | undefined, kill: (group: string) => Promise<void>): Resident =>
    new Resident({
      wire,
      host: target.name,
      shell: target.shell,
      root: target.user === 'root',
      become,
      limit: keptBytes,
      nonce: newNonce,
      count,
      kill,
    });

  /** A closed channel does not end what runs behind it, so a shell of the same user does. */
  const killAs = (become: Become | undefined) => async (group: string) => {
    if (!/^[1-9]\d*$/.test(group) || group === '1') return;
    const killer = newResident(become, () => Promise.resolve());
    try {
      await killer.ask([{ sh: asWritten(`kill -s KILL -- -${group}`) }], { timeout: killPatience });
    } finally {
      killer.close();
    }
  };

  const residentOf = (become: Become | undefined): Resident => {
    const key = keyOf(become);
    const known = residents.get(key);
    if (known !== undefined) residents.delete(key);
    const resident = known ?? newResident(become, killAs(become));
    // The map is in order of use: the first idle one has rested longest.
    residents.set(key, resident);
    if (residents.size > mostResidents) {
      const idle = [...residents].find(([, each]) => each.busy === 0 && each !== resident);
      idle?.[1].close();
      if (idle !== undefined) residents.delete(idle[0]);
    }
    return resident;
  };

  const traffic = (): Traffic => {
    const { sent, received } = wire.bytes();
    return { roundTrips, bytesSent: sent, bytesReceived: received };
  };

  const wayAs = (become: Become | undefined): Way => ({ wire, target, become, nonce: newNonce(), count });

  const askerAs = (become: Become | undefined): Asker => ({
    host: target.name,
    ask: async question => {
      const [answer] = await residentOf(become).ask([question], { timeout: 0 });
      if (answer === undefined) throw new TypeError('one question has one answer');
      return answer;
    },
  });

  /** A channel of its own is fastest. doas that wants a terminal cannot have one, nor a host whose MaxSessions is used up. */
  const throughChannel = async <T>(become: Become | undefined, own: () => Promise<T>, shared: () => Promise<T>): Promise<T> => {
    if (shapeOf(become) === 'merged') return shared();
    try {
      return await transfers(own);
    } catch (error) {
      if (error instanceof Unreachable && error.fault.code === 'E610') return shared();
      throw error;
    }
  };

  return {
    ask: (questions, options) => residentOf(options.as).ask(questions, options),
    put: (blob, path, { as }) =>
      throughChannel(
        as,
        () => put(wayAs(as), blob, path),
        () => putByAsks(askerAs(as), blob, path),
      ),
    get: (path, into, { as }) =>
      throughChannel(
        as,
        () => get(wayAs(as), path, into),
        () => getByAsks(askerAs(as), path, into),
      ),
    traffic,
    close: async () => {
      for (const resident of residents.values()) resident.close();
      residents.clear();
      wire.close();
    },
  };
}
