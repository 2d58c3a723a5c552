// The text of a file of PAM limits: one limit set in its line. Pure.

export interface Limit {
  readonly domain: string;
  readonly limit_type: string;
  readonly limit_item: string;
  readonly value: string | number;
  readonly use_max: boolean;
  readonly use_min: boolean;
  readonly comment: string;
}
export const isUnlimited = (value: string): boolean => ['unlimited', 'infinity', '-1'].includes(value);

/** With use_max or use_min the better of both values stays. */
function chosen(args: Limit, now: string): string {
  const value = String(args.value);
  if (!args.use_max && !args.use_min) return value;
  if (isUnlimited(now) || isUnlimited(value)) {
    const open = isUnlimited(now) ? now : value;
    return args.use_max ? open : isUnlimited(now) ? value : now;
  }
  const pick = args.use_max ? Math.max : Math.min;
  return String(pick(Number(value), Number(now)));
}

const limitRow = (args: Limit, value: string, comment: string): string =>
  [args.domain, args.limit_type, args.limit_item, value].join('\t') + (comment === '' ? '' : `\t#${comment}`);

export function withLimit(file: string, args: Limit): string {
  let found = false;
  const rows = (file === '' ? [] : file.replace(/\n$/, '').split('\n')).map(row => {
    const [fields = '', ...comment] = row.split('#');
    const [domain, type, item, now, more] = fields.trim().split(/\s+/);
    if (
      row.startsWith('#') ||
      more !== undefined ||
      now === undefined ||
      domain !== args.domain ||
      type !== args.limit_type ||
      item !== args.limit_item
    )
      return row;
    found = true;
    const value = chosen(args, now);
    return value === now ? row : limitRow(args, value, args.comment || comment.join('#'));
  });
  if (!found) rows.push(limitRow(args, String(args.value), args.comment));
  return rows.map(row => `${row}\n`).join('');
}
