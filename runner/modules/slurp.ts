// The content of a file of the host, for `register`. It changes nothing.
import type { Module } from '../core/types.ts';
import { foreseeSurvey } from './parts/foresee.ts';
import { gives, takes, text } from './parts/kinds.ts';
import { type Survey, type SurveyWish, surveyProbe } from './parts/survey.ts';

interface Args {
  readonly src: string;
}

/** All of it is held in memory, on every host at once. */
const LIMIT = 32 * 1024 * 1024;
const wishOf = ({ src }: Args): SurveyWish => ({ path: src, follow: true, content: { most: LIMIT } });

export const module: Module<Args, Survey, never> = {
  summary: 'Give the content of a file of the host, as base64.',
  collection: 'ansible.builtin',
  args: takes({ src: text('The file.', { aliases: ['path'], minLength: 1 }) }, ['src']),
  returns: gives({
    content: { type: 'string', description: 'The bytes as base64: b64decode gives the text.' },
    encoding: { type: 'string', enum: ['base64'] },
    source: { type: 'string', description: 'The file.' },
  }),
  examples: [{ title: 'Read a file', yaml: 'name: Hosts\nslurp: { src: /scratch/etc/hosts }\nregister: hosts' }],
  differs: ['Files above 32 MiB are refused: use fetch.'],
  probe: args => surveyProbe(wishOf(args)),
  plan({ src }, { real, content }) {
    if (content && content.length <= LIMIT)
      return { changes: [], result: { content: Buffer.from(content).toString('base64'), encoding: 'base64', source: src } };
    const why =
      real.is === 'absent'
        ? `${src} is not there`
        : real.is !== 'file'
          ? `${src} is a ${real.is}, not a file`
          : content
            ? `${src} has more than 32 MiB`
            : `${src} cannot be read by this user`;
    return { changes: [], refuse: { why, mend: content ? 'use fetch' : 'make it first, or say become: true' }, result: {} };
  },
  apply: () => [],
  survives: state => state.entry.is !== 'absent' || /^\/(proc|sys)\//.test(state.entry.path),
  foresee: (args, seen, foretold) => foreseeSurvey(wishOf(args), seen, foretold),
};
