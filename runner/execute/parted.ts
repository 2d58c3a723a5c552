// One batch that several tasks share: each is given its own answers as soon as they are whole. It knows no task and no host.
import type { Output } from '../core/types.ts';

type Hear = (index: number, output: Output) => void;
type Outputs = readonly Output[];

interface Party {
  readonly from: number;
  readonly to: number;
  readonly answers: Promise<Outputs>;
  resolve(outputs: Outputs): void;
  reject(error: unknown): void;
}

export const isFine = (outputs: Outputs): boolean => outputs.length > 0 && outputs.every(({ code }) => code === 0);

/** Not begun, or nobody knows since the connection was lost. */
export const isUndone = (outputs: Outputs): boolean => outputs.length === 0 || isNotBegun(outputs);

/** A group that was not begun has the code -1 all over. */
export const isNotBegun = (outputs: Outputs): boolean => outputs[0]?.code === -1;

/** Answers of what was not even sent. */
export const unsent: Outputs = [{ code: -1, stdout: new Uint8Array(), stderr: new Uint8Array(), text: () => '' }];

/** `sizes`: how many questions belong to each, in order; what is asked behind them is nobody's. All but the last may go on
 *  while the batch still runs. Of a lost connection learns the first whose answers did not all come. */
export function parted(sizes: readonly number[], ask: (hear: Hear) => Promise<Outputs>): readonly Promise<Outputs>[] {
  const parties = partiesOf(sizes);
  const given: Output[] = [];
  let at = 0;
  const isWhole = ({ from, to }: Party): boolean => Array.from({ length: to - from }, (_, k) => given[from + k]).every(Boolean);
  const hear: Hear = (index, output) => {
    given[index] = output;
    for (let party = parties[at]; party && at < parties.length - 1 && isWhole(party); party = parties[++at]) {
      const outputs = given.slice(party.from, party.to);
      // A failure is told at the end, when the answers of those that came along are there too.
      if (!isFine(outputs)) return void (at = parties.length);
      party.resolve(outputs);
    }
  };
  const lost = (error: unknown): void => {
    const cut = parties.findIndex(party => !isWhole(party));
    parties.forEach((party, i) => {
      if (i < cut || cut < 0) party.resolve(given.slice(party.from, party.to));
      else if (i === cut) party.reject(error);
      else party.resolve([]);
    });
  };
  const ended = (outputs: Outputs): void => parties.forEach(party => party.resolve(outputs.slice(party.from, party.to)));
  void ask(hear).then(ended, lost);
  return parties.map(({ answers }) => answers);
}

function partiesOf(sizes: readonly number[]): readonly Party[] {
  let from = 0;
  return sizes.map(size => {
    const start = from;
    from += size;
    return { from: start, to: from, ...deferred<Outputs>() };
  });
}

export interface Deferred<T> {
  readonly answers: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

/** Node 20 has no Promise.withResolvers. Nobody may come to ask: a rejection is no crash. */
export function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const answers = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  answers.catch(() => undefined);
  return { answers, resolve, reject };
}
