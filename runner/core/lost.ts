// The ways in which a session ends early. Thrown by connections, caught by the engine for that host alone.
import type { Fault } from './types.ts';

/** The host cannot be reached, or the connection is gone. `fault` says why and the mend. */
export class Unreachable extends Error {
  readonly fault: Fault;
  constructor(fault: Fault) {
    super(`${fault.what}: ${fault.why}`);
    this.fault = fault;
  }
}

/** Another run holds the host's lock: nothing was done there. */
export class Locked extends Unreachable {}

/** A batch took longer than it was given; the session has ended what ran and can be asked again. */
export class TimedOut extends Error {
  readonly seconds: number;
  constructor(seconds: number) {
    super(`no answer within ${seconds} s`);
    this.seconds = seconds;
  }
}

/** The login works but the step to another user does not (sudo, su, doas): the task fails on that host. */
export class BecomeFailed extends Error {
  readonly fault: Fault;
  constructor(fault: Fault) {
    super(`${fault.what}: ${fault.why}`);
    this.fault = fault;
  }
}

/** A file could not be brought to the host or from it: the task fails on that host. */
export class TransferFailed extends Error {
  readonly fault: Fault;
  constructor(fault: Fault) {
    super(`${fault.what}: ${fault.why}`);
    this.fault = fault;
  }
}

/** A saved plan does not have what the host would now get: nothing more is done there. */
export class PlanMoved extends Error {
  readonly fault: Fault;
  constructor(fault: Fault) {
    super(`${fault.what}: ${fault.why}`);
    this.fault = fault;
  }
}
