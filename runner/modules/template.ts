// A file made from a template of the runner. The rendering is done before: here it is text that shall be in a place.
import type { Module, Rendered } from '../core/types.ts';
import { fileKinds } from './parts/attributes.ts';
import { type Deeds, stepsOf } from './parts/deeds.ts';
import { reported } from './parts/report.ts';
import { choice, takes, text } from './parts/kinds.ts';
import { baseName } from './parts/paths.ts';
import { foreseePlaced, type PlacedArgs, placedKinds, placedWish, planPlaced, type Source } from './parts/placed.ts';
import { contentReturns } from './parts/returns.ts';
import { type Survey, surveyProbe } from './parts/survey.ts';

interface Args extends PlacedArgs {
  readonly src: Rendered;
  readonly newline_sequence: '\\n' | '\\r' | '\\r\\n' | '\n' | '\r' | '\r\n';
}

const NEWLINES: Readonly<Record<string, string>> = { '\\r': '\r', '\\r\\n': '\r\n', '\r': '\r', '\r\n': '\r\n' };

/** `site.conf.hbs` goes into a folder as `site.conf`. */
const sourceOf = ({ src, newline_sequence }: Args): Source => ({
  name: baseName(src.path).replace(/\.hbs$/, ''),
  content: src.text.replace(/\r\n|\r|\n/g, NEWLINES[newline_sequence] ?? '\n'),
});

export const module: Module<Args, Survey, Deeds> = {
  summary: 'Put a file on the host that is rendered from a template (Handlebars).',
  collection: 'ansible.builtin',
  args: takes(
    {
      src: text('The template, looked up in the folders named templates.'),
      ...placedKinds,
      newline_sequence: choice('How lines end.', ['\\n', '\\r', '\\r\\n', '\n', '\r', '\r\n'], '\n'),
      ...fileKinds,
    },
    ['src', 'dest'],
  ),
  returns: contentReturns(),
  examples: [
    {
      title: 'A file of settings',
      yaml: 'name: Settings\ntemplate: { src: app.conf.hbs, dest: /scratch/etc/app.conf, mode: "0640" }',
    },
    {
      title: 'Checked before it comes into place, with the old one kept',
      yaml: 'name: Settings\ntemplate:\n  src: app.conf.hbs\n  dest: /scratch/etc/\n  validate: grep -q port %s\n  backup: true',
    },
  ],
  differs: [
    'Templates are Handlebars, so the options about Jinja delimiters, trim_blocks and output_encoding are not there.',
    'The ending .hbs is dropped where dest is a folder.',
    '`checksum` in the result is sha256.',
    '`mode: preserve` is not there: say the mode.',
  ],
  local: () => [{ arg: 'src', as: 'template', folder: 'templates' }],
  probe: args => surveyProbe(placedWish(args, sourceOf(args))),
  plan: (args, survey) => planPlaced(args, sourceOf(args), survey),
  apply: stepsOf,
  failsByCode: true,
  result: (args, survey, outputs) => reported(planPlaced(args, sourceOf(args), survey).result, outputs),
  foresee: (args, seen, foretold) => foreseePlaced(args, sourceOf(args), seen, foretold),
};
