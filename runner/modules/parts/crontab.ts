// The text of a crontab: jobs under their name comments, and variables. Pure.

const MARK = '#Ansible: ';
const rowsOf = (text: string): readonly string[] => (text === '' ? [] : text.replace(/\n$/, '').split('\n'));
const joined = (rows: readonly string[]): string => {
  const text = rows.join('\n').replace(/[\r\n]+$/, '');
  return text === '' ? '' : `${text}\n`;
};

export const crontabNames = (text: string) => ({
  jobs: rowsOf(text)
    .filter(row => row.startsWith(MARK))
    .map(row => row.slice(MARK.length)),
  envs: rowsOf(text)
    .filter(row => /^\S+=/.test(row))
    .map(row => row.slice(0, row.indexOf('='))),
});

/** The line behind the name is the job. A job that stands there without a name gets it; null takes both away. */
export function withJob(text: string, name: string, job: string | null): string {
  const rows = rowsOf(text);
  const mark = `${MARK}${name}`;
  const named = rows.findIndex((row, at) => row === mark && at + 1 < rows.length);
  if (named >= 0) {
    if (rows[named + 1] === job) return text;
    const kept = rows.flatMap((row, at) => {
      if (row === mark && at + 1 < rows.length) return job === null ? [] : [mark];
      return rows[at - 1] === mark ? (job === null ? [] : [job]) : [row];
    });
    return joined(kept);
  }
  if (job === null) return text;
  const bare = rows.findIndex((row, at) => row === job && !rows[at - 1]?.startsWith(MARK));
  return joined(bare < 0 ? [...rows, mark, job] : [...rows.slice(0, bare), mark, ...rows.slice(bare)]);
}

/** Null where the variable to stand beside is not there. */
export function withVariable(
  text: string,
  name: string,
  declared: string | null,
  place: { readonly after: string | undefined; readonly before: string | undefined },
): string | null {
  const rows = rowsOf(text);
  const find = (wanted: string) => rows.findIndex(row => row.startsWith(`${wanted}=`));
  const at = find(name);
  if (at >= 0) {
    if (rows[at] === declared) return text;
    return joined(rows.flatMap(row => (row.startsWith(`${name}=`) ? (declared === null ? [] : [declared]) : [row])));
  }
  if (declared === null) return text;
  const beside = place.after ?? place.before;
  if (beside === undefined) return joined([declared, ...rows]);
  const other = find(beside);
  if (other < 0) return null;
  const to = place.after === undefined ? other : other + 1;
  return joined([...rows.slice(0, to), declared, ...rows.slice(to)]);
}
