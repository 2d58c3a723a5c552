// The text of a sysctl file: the value of a key read, set and taken out; the other lines stay. Pure.

const keyOf = (row: string): string | null =>
  /^\s*[#;]/.test(row) || !row.includes('=') ? null : row.slice(0, row.indexOf('=')).trim();
const valueOf = (row: string): string => row.slice(row.indexOf('=') + 1).trim();

/** The first line of the key gets the value, its later ones go; null takes the key out. */
export function withKey(file: string, name: string, value: string | null): string {
  const rows = file === '' ? [] : file.replace(/\n$/, '').split('\n');
  const first = rows.findIndex(row => keyOf(row) === name);
  const kept = rows.flatMap((row, at) => {
    if (keyOf(row) !== name) return [row];
    return at === first && value !== null ? [`${name}=${value}`] : [];
  });
  if (first < 0 && value !== null) kept.push(`${name}=${value}`);
  return kept.map(row => `${row}\n`).join('');
}

/** The last line of the key counts. */
export function savedValue(file: string | null, name: string): string | null {
  const row = (file ?? '').split('\n').findLast(found => keyOf(found) === name);
  return row === undefined ? null : valueOf(row);
}
