// The task that gathers facts where a play needs them and none is written.
import type { Play, Task } from '../core/site.ts';

/** Ids are above 0 in the files, so this one stands before all others. */
export const gatherTask = (play: Play): Task => ({
  kind: 'task',
  id: 0,
  name: 'Gathering Facts',
  module: 'setup',
  isWord: false,
  span: play.span,
  role: null,
  frame: play.frame,
  args: play.gatherArgs ?? { is: 'plain', value: {}, span: play.span },
  layers: play.layers,
  when: [],
  loopControl: { loopVar: 'item', extended: false },
  notify: [],
  tags: ['always'],
  become: play.become,
  runOnce: false,
  delegateFacts: false,
  environment: play.environment,
  anyErrorsFatal: false,
});
