// The page of `tsrun doc keywords`: every keyword, where it may stand and what it does. Pure.
import { keywordTable } from '../language/grammar/keyword-table.ts';
import { placesOf } from '../language/grammar/keywords.ts';
import { wrap } from './help.ts';

export function keywordPage(width: number): string {
  const rows = Object.entries(keywordTable)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([word, { description }]) => {
      const places = placesOf(word).map(place => (place === 'entries of "roles"' ? 'roles' : place));
      return `  ${word}  ${places.join(', ')}\n      ${wrap(String(description), width - 6, 6)}`;
    });
  return ['Keywords and where they may stand', '', ...rows].join('\n');
}
