// The lines of an fstab: found, compared, replaced in their place; comments and foreign lines stay. Pure text.

export interface FstabEntry {
  readonly src: string;
  readonly path: string;
  readonly fstype: string;
  readonly opts: string;
  readonly dump: string;
  readonly passno: string;
}

const escape = (field: string): string =>
  field.replaceAll('\\', '\\134').replaceAll(' ', '\\040').replaceAll('\t', '\\011').replaceAll('&', '\\046');
export const unescape = (field: string): string =>
  field.replace(/\\([0-7]{3})/g, (_all, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
export const tidy = (path: string): string => (path.length > 1 ? path.replace(/\/+$/, '') || '/' : path);

export const fstabLine = (entry: FstabEntry): string =>
  [entry.src, entry.path, entry.fstype, entry.opts].map(escape).concat(entry.dump, entry.passno).join(' ');

/** Null for comments, empty lines and lines that are no entry. */
export function readEntry(row: string): FstabEntry | null {
  const fields = row.trim().split(/\s+/);
  if (row.trim().startsWith('#') || fields.length < 4 || fields.length > 6) return null;
  const [src = '', path = '', fstype = '', opts = '', dump = '0', passno = '0'] = fields;
  return { src: unescape(src), path: unescape(path), fstype, opts: unescape(opts), dump, passno };
}

/** Swap has no mount point: there the source tells the entries apart. */
const isSame = (row: FstabEntry, path: string, src: string | undefined): boolean =>
  tidy(row.path) === tidy(path) && (!['none', 'swap'].includes(path) || row.src === src);

const sameFields = (a: FstabEntry, b: FstabEntry): boolean =>
  a.src === b.src && a.fstype === b.fstype && a.opts === b.opts && a.dump === b.dump && a.passno === b.passno;

const rowsOf = (file: string): readonly string[] => (file === '' ? [] : file.replace(/\n$/, '').split('\n'));

export function withEntry(file: string, entry: FstabEntry): string {
  let found = false;
  const rows = rowsOf(file).map(row => {
    const old = readEntry(row);
    if (!old || !isSame(old, entry.path, entry.src)) return row;
    found = true;
    return sameFields(old, entry) ? row : fstabLine(entry);
  });
  const same = found && rows.join('\n') === rowsOf(file).join('\n');
  if (same) return file;
  return [...rows, ...(found ? [] : [fstabLine(entry)])].map(row => `${row}\n`).join('');
}

export function withoutEntry(file: string, path: string, src: string | undefined): string {
  const rows = rowsOf(file);
  const kept = rows.filter(row => {
    const old = readEntry(row);
    return !old || !isSame(old, path, src ?? old.src);
  });
  return kept.length === rows.length ? file : kept.map(row => `${row}\n`).join('');
}

export const entryOf = (file: string, path: string): FstabEntry | undefined =>
  rowsOf(file)
    .map(readEntry)
    .findLast((entry): entry is FstabEntry => entry !== null && tidy(entry.path) === tidy(path));
