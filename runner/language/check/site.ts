// All static checks of a site, one after the other. Each gathers faults; none changes the site.
import type { Site } from '../../core/site.ts';
import type { Fault } from '../../core/types.ts';
import type { Work } from '../grammar/work.ts';

/** `site` is what will run; `whole` also has what tags leave out. */
export function checkSite(_site: Site, _whole: Site, _work: Work): Fault[] {
  return [];
}
