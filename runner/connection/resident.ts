// One long-lived shell for a user on a host: asks go in, answers come out, in turn. Knows frames, no transport.
import { TimedOut } from '../core/lost.ts';
import type { AskOptions, Become, Output, Question, RunLock } from '../core/types.ts';
import { type Asked, endText, frameText, type Nonce, questionTexts } from './batch.ts';
import { becomeFailed, gate } from './become.ts';
import { type FirstBatch, type Launch, type LaunchOptions, bareLaunch, launch, shapeOf } from './launch.ts';
import { type Heard, Listener, type Sheet } from './listener.ts';
import { lockedBy, lockId, lockWarning } from './lock.ts';
import { output } from './output.ts';
import { closedHere, noShell } from './shell-faults.ts';
import type { Ending, Line, Wire } from './wire.ts';

export interface ResidentOptions {
  readonly wire: Wire;
  readonly host: string;
  readonly shell: string;
  readonly root: boolean;
  readonly become?: Become | undefined;
  /** Bytes of each stream that an answer keeps. */
  readonly limit: number;
  /** The run lock that a shell which starts now takes. */
  lock(): RunLock | undefined;
  nonce(): Nonce;
  count(roundTrips: number): void;
  /** Ends a process group on the host, as the resident's user. */
  kill(group: string): Promise<void>;
}

interface Live {
  readonly line: Line;
  readonly nonce: Nonce;
  readonly listener: Listener;
}

/** How one sending of a batch ended. */
type Outcome = 'done' | Extract<Ending, { code: number }>;

/** Lives from the first ask to `close`; a shell that ends on the way is replaced by a new one. */
export class Resident {
  readonly #options: ResidentOptions;
  #live: Live | undefined;
  #tail: Promise<unknown> = Promise.resolve();
  #nextId = 1;
  #bare = false;
  #closed = false;
  #cancel: ((error: Error) => void) | undefined;
  busy = 0;
  /** The shell was told to take the run lock. */
  locks = false;

  constructor(options: ResidentOptions) {
    this.#options = options;
  }

  ask(questions: readonly Question[], options: AskOptions): Promise<readonly Output[]> {
    this.busy += 1;
    const turn = this.#tail
      .then(() => this.#inTurn(questions, options))
      .finally(() => {
        this.busy -= 1;
      });
    this.#tail = turn.catch(() => undefined);
    return turn;
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.(closedHere(this.#options.host));
    this.#drop();
  }

  async #inTurn(questions: readonly Question[], options: AskOptions): Promise<readonly Output[]> {
    if (this.#closed) throw closedHere(this.#options.host);
    if (questions.length === 0) return [];
    const base = this.#nextId;
    this.#nextId += questions.length;
    const asked = questions.map((question, i) => ({
      id: base + i,
      question,
      group: options.groups?.[i] ?? 0,
      accept: options.accept?.[i] ?? [0],
      chained: options.chained === true,
    }));
    const { onAnswer } = options;
    const heard = onAnswer && ((id: number, answer: Output): void => void (id >= base && onAnswer(id - base, answer)));
    const answers = await this.#limited(asked, options.timeout, heard);
    return asked.map(({ id }) => answers.get(id) ?? output(-1));
  }

  /** The answers, or the rejection that comes first: time, a lost connection, close. */
  async #limited(asked: readonly Asked[], seconds: number, heard: Heard | undefined): Promise<Map<number, Output>> {
    let timer: NodeJS.Timeout | undefined;
    const turn = { over: false };
    let expired = false;
    const cancelled = new Promise<never>((_, reject) => {
      this.#cancel = reject;
      const expire = (): void => {
        expired = true;
        reject(new TimedOut(seconds));
      };
      // Node fires a timer beyond 2^31 ms at once.
      if (seconds > 0) timer = setTimeout(expire, Math.min(seconds * 1000, 0x7fffffff));
    });
    try {
      return await Promise.race([this.#allOf(asked, turn, heard), cancelled]);
    } catch (error) {
      turn.over = true;
      if (expired) await this.#kill();
      this.#drop();
      throw error;
    } finally {
      turn.over = true;
      clearTimeout(timer);
      this.#cancel = undefined;
    }
  }

  async #kill(): Promise<void> {
    const group = this.#live?.listener.group;
    if (group !== undefined) await this.#options.kill(group).catch(() => undefined);
  }

  #drop(): void {
    const live = this.#live;
    this.#live = undefined;
    this.locks = false;
    live?.line.close();
  }

  /** A question may kill the shell that runs it. It then answers with the shell's end, and those
   *  behind it, which had not begun, go to a new shell. */
  async #allOf(
    asked: readonly Asked[],
    turn: { readonly over: boolean },
    heard: Heard | undefined,
  ): Promise<Map<number, Output>> {
    const answers = new Map<number, Output>();
    let left = asked;
    let fruitless = 0;
    while (left.length > 0) {
      const before = answers.size;
      const outcome = await this.#send(left, { answers, heard });
      // A turn that was given up must not touch the shell of the next one.
      if (outcome === 'done' || turn.over) break;
      fruitless = answers.size === before ? fruitless + 1 : 0;
      if (fruitless > 0 && !this.#mayRetry(outcome.code, fruitless)) throw this.#noStart(outcome.code);
      this.#drop();
      left = remaining(left, answers);
    }
    return answers;
  }

  /** Nothing was answered and nothing had begun. The shell may have ended just before it was asked; or the login
   *  shell did not understand the first command, and a bare one is worth a try. */
  #mayRetry(code: number, fruitless: number): boolean {
    const { become } = this.#options;
    const listener = this.#live?.listener;
    if (listener?.hello) return fruitless === 1;
    const untold = listener?.hello === false && !listener.relayed;
    if (this.#bare || !untold || (become?.password !== undefined && code !== 125)) return false;
    this.#bare = true;
    return true;
  }

  #noStart(code: number): Error {
    const { become, host, shell } = this.#options;
    const said = this.#live?.listener.said() ?? '';
    this.#drop();
    return become === undefined ? noShell(host, shell, said, code) : becomeFailed(become, said, code);
  }

  async #send(asked: readonly Asked[], sheet: Sheet): Promise<Outcome> {
    const shape = shapeOf(this.#options.become);
    const texts = questionTexts(asked, shape);
    const end = endText(asked.at(-1)?.id ?? 0, shape);
    const ended = this.#live?.listener.ended;
    if (ended !== undefined && 'code' in ended) this.#drop();
    if (this.#live === undefined) return this.#start(firstBatch(asked, texts, end), sheet);
    const answered = this.#live.listener.next(sheet);
    this.#options.count(1);
    this.#live.line.write([frameText(this.#live.nonce, shape), ...texts, end, ''].join('\n'));
    return answered;
  }

  async #start(batch: FirstBatch, sheet: Sheet): Promise<Outcome> {
    const { wire, become, shell, root, count } = this.#options;
    const nonce = this.#options.nonce();
    const lock = this.#options.lock();
    this.locks = lock !== undefined;
    const options: LaunchOptions = { nonce, shell, root, become, longest: wire.longestCommand, lock };
    const plan: Launch = this.#bare ? bareLaunch(batch, options) : launch(batch, options);
    const shape = shapeOf(become);
    count(wire.startCost);
    const line = await wire.start(plan.command, { terminal: shape === 'merged' });
    const watch = plan.ready && become !== undefined ? gate(line, become, nonce, () => count(1)) : undefined;
    const listener = new Listener(line, {
      nonce,
      shape,
      limit: this.#options.limit,
      host: this.#options.host,
      early: watch?.feed,
    });
    if (this.#closed) line.close();
    this.#live = { line, nonce, listener };
    const answered = listener.next(sheet).then(outcome => this.#judged(lock, sheet.answers, outcome));
    answered.catch(() => undefined);
    if (watch !== undefined) {
      count(wire.readyCost);
      const early = await Promise.race([watch.passed, answered]);
      if (early !== undefined) return early;
    } else if (plan.stdin !== '') count(wire.readyCost);
    count(1);
    if (plan.stdin !== '') line.write(plan.stdin);
    return answered;
  }

  /** What the lock answered; throws where another run holds it. */
  #judged(lock: RunLock | undefined, answers: Map<number, Output>, outcome: Outcome): Outcome {
    const answer = answers.get(lockId);
    answers.delete(lockId);
    if (lock === undefined || answer === undefined) return outcome;
    const locked = lockedBy(this.#options.host, answer);
    if (locked !== undefined) throw locked;
    const warning = lockWarning(this.#options.host, lock, answer);
    if (warning !== undefined) lock.warn(warning);
    return outcome;
  }
}

function firstBatch(asked: readonly Asked[], texts: readonly string[], end: string): FirstBatch {
  const withStdin = asked.findIndex(({ question }) => 'sh' in question && question.stdin !== undefined);
  const grouped = asked.findIndex(({ group }) => group !== 0);
  return { texts, end, open: withStdin < 0 ? asked.length : withStdin, tied: grouped < 0 ? asked.length : grouped };
}

/** Those without an answer, less the groups in which a question was not accepted, and those chained behind one that failed. */
function remaining(asked: readonly Asked[], answers: ReadonlyMap<number, Output>): readonly Asked[] {
  const stopped = new Set<number>();
  let last = Number.POSITIVE_INFINITY;
  for (const { id, group, accept, chained } of asked) {
    const code = answers.get(id)?.code;
    if (group === 0 || code === undefined) continue;
    if (!accept.includes(code)) stopped.add(group);
    if (chained && code !== 0) last = Math.min(last, group);
  }
  return asked.filter(({ id, group }) => !answers.has(id) && !stopped.has(group) && group <= last);
}
