// Times as the file module takes them: strptime formats -> what `touch -t` and `date -d` read. Pure.

/** A time that is written, split up; undefined where the text does not fit the format. */
export function parseTime(text: string, format: string): { readonly touch: string; readonly date: string } | undefined {
  const names: string[] = [];
  const pattern = format.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/%([YmdHMS])/g, (_, name: string) => {
    names.push(name);
    return name === 'Y' ? '(\\d{4})' : '(\\d{1,2})';
  });
  const found = pattern.includes('%') ? null : new RegExp(`^${pattern}$`).exec(text);
  if (!found) return undefined;
  const part = (name: string, otherwise: string): string => {
    const at = names.indexOf(name);
    return at < 0 ? otherwise : (found[at + 1] ?? '').padStart(2, '0');
  };
  const [year, month, day] = [part('Y', '1900'), part('m', '01'), part('d', '01')];
  const [hour, minute, second] = [part('H', '00'), part('M', '00'), part('S', '00')];
  return {
    touch: `${year}${month}${day}${hour}${minute}.${second}`,
    date: `${year}-${month}-${day} ${hour}:${minute}:${second}`,
  };
}
