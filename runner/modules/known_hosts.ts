// The key of a host in a known_hosts file. The rules are in parts/host-keys.ts; this file names the arguments.
import type { Module } from '../core/types.ts';
import { toLatin } from './parts/bytes.ts';
import { type Deeds, stepsOf } from './parts/deeds.ts';
import { type EditArgs, type Edited, editProbe, foreseeEdit, planEdit } from './parts/edit.ts';
import { editHostKeys, type HostKeyWishes, parseHostLine, speaksOf } from './parts/host-keys.ts';
import { choice, flag, takes, text } from './parts/kinds.ts';
import { reported } from './parts/report.ts';
import { contentReturns } from './parts/returns.ts';
import type { Survey } from './parts/survey.ts';

interface Args extends EditArgs, HostKeyWishes {
  readonly path: string;
}

function edit(args: Args, content: string | null): Edited {
  if (content === null && args.state === 'absent') return { text: '', msg: '' };
  const wishes = args.key === undefined ? args : { ...args, key: toLatin(args.key) };
  const edited = editHostKeys(wishes, content ?? '');
  return { text: edited, msg: edited === (content ?? '') ? '' : 'known_hosts changed' };
}

function plan(args: Args, survey: Survey) {
  const planned = planEdit({ ...args, unsafe_writes: false }, survey, content => edit(args, content), false);
  return { ...planned, result: { ...planned.result, name: args.name, key: args.key ?? null } };
}

export const module: Module<Args, Survey, Deeds> = {
  summary: 'Have the key of a host in a known_hosts file, or have the host gone from it.',
  collection: 'ansible.builtin',
  args: takes(
    {
      name: text('The host, as ssh is told it; with a port: "[host]:port".', { aliases: ['host'], minLength: 1 }),
      key: text('The whole line: host, type and key. Needed with state: present.'),
      path: text('The file.', { default: '~/.ssh/known_hosts', minLength: 1 }),
      state: choice(
        'Whether the key shall be there; absent without a key: no line of the host.',
        ['absent', 'present'],
        'present',
      ),
      hash_host: flag('Write the name of the host as a hash.', false),
    },
    ['name'],
  ),
  returns: contentReturns({ name: { type: 'string' }, key: { type: ['string', 'null'] } }),
  examples: [
    {
      title: 'The registry is known',
      yaml: 'name: Registry\nknown_hosts:\n  path: /scratch/home/.ssh/known_hosts\n  name: registry\n  key: registry ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ5WbZr8Hp4kQ5p1l5Bq',
    },
    {
      title: 'A host that is gone',
      yaml: 'name: Gone\nknown_hosts: { path: /scratch/home/.ssh/known_hosts, name: old, state: absent }',
    },
  ],
  differs: [
    'A line with another marker (@revoked, @cert-authority) is left as it is.',
    'ssh-keygen is not needed; no file known_hosts.old is left.',
    'The folder of the file is made where it is missing.',
  ],
  check(args) {
    const { key } = args;
    if (args.state === 'present' && key === undefined) return ['"key" is needed with state: present'];
    if (args.name.includes(',')) return ['"name" must be one name'];
    if (key === undefined) return [];
    const line = parseHostLine(key);
    if (!line) return ['"key" is no line of known_hosts: host, type, key'];
    return speaksOf(line, args.name.toLowerCase()) ? [] : [`the line of "key" is not about "${args.name}"`];
  },
  probe: args => editProbe(args, false),
  plan,
  apply: stepsOf,
  failsByCode: true,
  result: (args, survey, outputs) => reported(plan(args, survey).result, outputs),
  foresee: (args, seen, foretold) => foreseeEdit(args, seen, foretold, false),
};
