// A plan as it is saved: what a check run said that a real run would do, with what it saw; its seal. No secret is ever in it.
import { createHash } from 'node:crypto';
import { fault } from './fault.ts';
import type { Fault, Impact } from './types.ts';

/** Rises when the meaning of a field changes: a plan of another version is not applied. */
export const PLAN_VERSION = 1;

export interface PlannedChange {
  readonly summary: string;
  readonly diff: { readonly target: string; readonly before: string; readonly after: string };
  /** Of all that the change is, its bytes and secrets included: salted, and slow to guess where a secret is in it. */
  readonly digest: string;
}

export interface PlannedTask {
  /** Place in the files, how many times the host had come there, item: the same in every run of the same site. */
  readonly key: string;
  readonly play: string;
  readonly role: string | null;
  readonly task: string;
  readonly module: string;
  readonly path: string;
  readonly handler: boolean;
  readonly item?: string;
  /** False: known only in the run (it reads what another task brings). */
  readonly known: boolean;
  /** Planned on what an earlier change will have altered: in the run only its targets must be the same. */
  readonly foreseen: boolean;
  /** The worst of its changes, or of the handler that it notifies and that is named then; absent where nobody can tell. */
  readonly impact?: Impact;
  readonly impactOf?: string;
  readonly changes: readonly PlannedChange[];
  /** Digest of the state that was seen; '' where nothing was asked. */
  readonly seen: string;
}

export interface PlannedHost {
  /** Why nothing is applied there: its check run did not come to the end. */
  readonly broken?: string;
  readonly tasks: readonly PlannedTask[];
}

export interface PlannedLine {
  readonly words: readonly string[];
  readonly given: Readonly<Record<string, readonly string[]>>;
  /** Variables of the command line whose values are not in the file: they are given again. */
  readonly withheld: readonly string[];
}

export interface SavedPlan {
  readonly tsrun: 'plan';
  readonly version: number;
  /** Version of tsrun, time and id of the check run. */
  readonly by: string;
  readonly made: string;
  readonly run: string;
  readonly line: PlannedLine;
  readonly salt: string;
  /** Every file of the site that was read, with its digest. */
  readonly files: Readonly<Record<string, string>>;
  readonly hosts: Readonly<Record<string, PlannedHost>>;
  /** Of all of the above: finds damage and edits. */
  readonly seal: string;
}

/** All that the run itself knows of a plan. */
export type MadePlan = Pick<SavedPlan, 'made' | 'run' | 'salt' | 'files' | 'hosts'>;

/** Of everything but itself. */
export function sealOf(plan: Omit<SavedPlan, 'seal'>): string {
  const { seal: _, ...rest } = plan as SavedPlan;
  return createHash('sha256').update(JSON.stringify(rest)).digest('hex');
}

const again = 'make a new plan: tsrun PLAYBOOK -i INVENTORY --plan FILE';

/** The plan in the text of a file, or why it is none. The seal vouches for its shape. */
export function readPlan(text: string, file: string): SavedPlan | Fault {
  const no = (what: string, why: string): Fault => fault('E475', { what: `${file} ${what}`, why, mend: again });
  const found = parsed(text);
  if (found?.tsrun !== 'plan') return no('is no saved plan', 'it is not what "tsrun --plan" writes');
  if (found.version !== PLAN_VERSION)
    return no(
      `is a plan of version ${found.version}`,
      `this tsrun reads version ${PLAN_VERSION}; it was made by tsrun ${found.by}`,
    );
  if (sealOf(found) !== found.seal) return no('was altered', 'its content does not fit its seal');
  return found;
}

function parsed(text: string): SavedPlan | undefined {
  try {
    const found: unknown = JSON.parse(text);
    return typeof found === 'object' && found !== null ? (found as SavedPlan) : undefined;
  } catch {
    return undefined;
  }
}
