// Owner, group, mode, SELinux context and flags of a path: the arguments, and what of them differs from what is there. Pure.
import type { JsonSchema } from '../../core/types.ts';
import type { Entry } from './entry.ts';
import { MODE_PATTERN, octal, resolveMode } from './mode.ts';
import type { Id, Survey } from './survey.ts';

export interface FileArgs {
  readonly owner?: string | number;
  readonly group?: string | number;
  readonly mode?: string;
  readonly attributes?: string;
  readonly seuser?: string;
  readonly serole?: string;
  readonly setype?: string;
  readonly selevel?: string;
  readonly unsafe_writes: boolean;
}

const context = (description: string): JsonSchema => ({ type: 'string', description });

export const fileKinds = {
  owner: { type: ['string', 'integer'], description: 'User who shall own it: a name or a number.' },
  group: { type: ['string', 'integer'], description: 'Group that shall own it: a name or a number.' },
  mode: {
    type: 'string',
    pattern: MODE_PATTERN,
    description: 'Permissions, quoted: octal ("0644") or symbolic ("u=rwX,g=rX,o=").',
  },
  attributes: { type: 'string', pattern: '^[-+=]?[A-Za-z]*$', aliases: ['attr'], description: 'Flags of chattr, such as "+i".' },
  seuser: context('SELinux user; "_default" for what the policy says.'),
  serole: context('SELinux role.'),
  setype: context('SELinux type.'),
  selevel: context('SELinux level (MLS/MCS range).'),
  unsafe_writes: {
    type: 'boolean',
    default: false,
    description: 'Write into the file in place, for a target that cannot be replaced (a bind mount).',
  },
} as const satisfies JsonSchema;

export const asksContext = (args: FileArgs): boolean =>
  [args.seuser, args.serole, args.setype, args.selevel].some(part => part !== undefined);

/** The wishes of a survey that these arguments need. */
export const wishesOf = (args: FileArgs) => ({
  owner: args.owner,
  group: args.group,
  flags: args.attributes !== undefined,
  context: asksContext(args),
});

/** What is to be set, already concrete. */
export interface Settings {
  readonly owner?: string;
  readonly group?: string;
  readonly mode?: number;
  readonly flags?: string;
  readonly context?: string;
}
export interface Difference {
  readonly set: Settings;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** The mode that is wanted of a path that has (or will first get) `base.mode`. */
export const wantedMode = (args: FileArgs, mode: number, isFolder: boolean, umask: number): number | undefined =>
  args.mode === undefined ? undefined : resolveMode(args.mode, { mode, isFolder, umask });

const belongs = (wanted: string | number | undefined, id: Id | undefined, had: number): boolean =>
  wanted === undefined || id === had;

export function differences(args: FileArgs, entry: Entry, survey: Survey): Difference {
  const set: { -readonly [K in keyof Settings]: Settings[K] } = {};
  const before: string[] = [];
  const after: string[] = [];
  const note = (what: string, had: string, wants: string): void => {
    before.push(`${what}: ${had}`);
    after.push(`${what}: ${wants}`);
  };
  if (!belongs(args.owner, survey.uid, entry.uid)) note('owner', entry.owner, (set.owner = String(args.owner)));
  if (!belongs(args.group, survey.gid, entry.gid)) note('group', entry.group, (set.group = String(args.group)));
  // Linux keeps no mode for a link.
  const mode = entry.is === 'link' ? undefined : wantedMode(args, entry.mode, entry.is === 'directory', survey.umask);
  // A new owner takes setuid and setgid away from a file, so the same mode is to be set again.
  const lost = mode !== undefined && (mode & 0o6000) !== 0 && entry.is !== 'directory' && after.length > 0;
  if (mode !== undefined && (mode !== entry.mode || lost)) {
    set.mode = mode;
    note('mode', octal(entry.mode), octal(mode));
  }
  const flags = changedFlags(args.attributes, survey.flags);
  if (flags) note('attributes', survey.flags, (set.flags = flags));
  const label = wantedContext(args, survey);
  if (label !== undefined && label !== survey.context) note('context', survey.context, (set.context = label));
  return { set, before, after };
}

/** The word for chattr, or undefined where the flags are as wanted. ext4 sets `e` by itself; nobody can take it away. */
function changedFlags(wanted: string | undefined, has: string): string | undefined {
  if (wanted === undefined) return undefined;
  const sign = /^[-+=]/.test(wanted) ? wanted.charAt(0) : '=';
  const letters = [...wanted.replace(/^[-+=]/, '')];
  const now = has.replace('e', '');
  const fits = {
    '+': letters.every(letter => has.includes(letter)),
    '-': letters.every(letter => !has.includes(letter)),
    '=':
      [...now].sort().join('') ===
      letters
        .filter(letter => letter !== 'e')
        .sort()
        .join(''),
  }[sign];
  return fits ? undefined : `${sign}${letters.join('')}${sign === '=' && has.includes('e') && !letters.includes('e') ? 'e' : ''}`;
}

/** undefined where the host has no SELinux, or none was asked for. */
function wantedContext(args: FileArgs, { context: has, defaultContext }: Survey): string | undefined {
  if (!asksContext(args) || has === '') return undefined;
  const now = has.split(':');
  const byPolicy = defaultContext.split(':');
  const parts = [args.seuser, args.serole, args.setype].map((part, at) =>
    part === '_default' ? byPolicy[at] : (part ?? now[at]),
  );
  const level = args.selevel === '_default' ? byPolicy.slice(3).join(':') : (args.selevel ?? now.slice(3).join(':'));
  return [...parts, ...(level ? [level] : [])].join(':');
}

/** Why the wanted owner or group cannot be had. */
export function ownerRefusal(args: FileArgs, survey: Survey): { readonly why: string; readonly mend: string } | undefined {
  if (survey.uid === null)
    return { why: `there is no user "${args.owner}" on the host`, mend: 'add a "user" task before this one, or mend the name' };
  if (survey.gid === null)
    return { why: `there is no group "${args.group}" on the host`, mend: 'add a "group" task before this one, or mend the name' };
  return undefined;
}
