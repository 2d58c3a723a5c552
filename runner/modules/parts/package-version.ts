// How dpkg and rpm order versions, and how their globs match. Pure.

/** Characters of dpkg: `~` before the end, the end before letters, letters before the rest. */
const rank = (char: string): number => {
  if (char === '~') return -1;
  if (char === '' || /\d/.test(char)) return 0;
  return /[A-Za-z]/.test(char) ? char.charCodeAt(0) : char.charCodeAt(0) + 256;
};

function comparePart(a: string, b: string): number {
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    while ((i < a.length && !/\d/.test(a.charAt(i))) || (j < b.length && !/\d/.test(b.charAt(j)))) {
      const by = rank(a.charAt(i)) - rank(b.charAt(j));
      if (by !== 0) return by;
      i++;
      j++;
    }
    const x = /^\d*/.exec(a.slice(i))?.[0] ?? '';
    const y = /^\d*/.exec(b.slice(j))?.[0] ?? '';
    const by = compareDigits(x, y);
    if (by !== 0) return by;
    i += x.length;
    j += y.length;
  }
  return 0;
}

function compareDigits(x: string, y: string): number {
  const a = x.replace(/^0+/, '');
  const b = y.replace(/^0+/, '');
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

const debian = (version: string) => {
  const [, epoch = '0', rest = ''] = /^(?:(\d+):)?(.*)$/s.exec(version) ?? [];
  const dash = rest.lastIndexOf('-');
  return { epoch, upstream: dash < 0 ? rest : rest.slice(0, dash), revision: dash < 0 ? '0' : rest.slice(dash + 1) };
};

export function compareDebian(a: string, b: string): number {
  const x = debian(a);
  const y = debian(b);
  return compareDigits(x.epoch, y.epoch) || comparePart(x.upstream, y.upstream) || comparePart(x.revision, y.revision);
}

/** rpmvercmp: runs of digits or letters count, `~` is before and `^` behind the end. */
function compareRpmPart(a: string, b: string): number {
  const pieces = (text: string) => text.match(/[0-9]+|[A-Za-z]+|~|\^/g) ?? [];
  const xs = pieces(a);
  const ys = pieces(b);
  for (let i = 0; i < Math.max(xs.length, ys.length); i++) {
    const by = compareRpmPiece(xs[i], ys[i]);
    if (by !== 0) return by;
  }
  return 0;
}

function compareRpmPiece(x: string | undefined, y: string | undefined): number {
  if (x === '~' || y === '~') return Number(y === '~') - Number(x === '~');
  if (x === '^' || y === '^') {
    if (x === y) return 0;
    return x === '^' ? (y === undefined ? 1 : -1) : x === undefined ? -1 : 1;
  }
  if (x === undefined || y === undefined) return Number(x !== undefined) - Number(y !== undefined);
  const numbers = [/^\d/.test(x), /^\d/.test(y)];
  if (numbers[0] !== numbers[1]) return numbers[0] ? 1 : -1;
  return numbers[0] ? compareDigits(x, y) : x < y ? -1 : x > y ? 1 : 0;
}

/** `[epoch:]version[-release]`; a release that one side lacks is not compared, an epoch that it lacks is 0. */
export function compareRpm(a: string, b: string): number {
  const split = (evr: string) => /^(?:(\d+):)?([^-]*)(?:-(.*))?$/s.exec(evr) ?? [];
  const [, e1 = '0', v1 = '', r1] = split(a);
  const [, e2 = '0', v2 = '', r2] = split(b);
  const release = r1 === undefined || r2 === undefined ? 0 : compareRpmPart(r1, r2);
  return compareDigits(e1, e2) || compareRpmPart(v1, v2) || release;
}

/** Python's fnmatch. */
export function globMatches(pattern: string, text: string): boolean {
  const source = pattern.replace(/\[!?[^\]]*\]|[*?]|[\\^$.|+(){}[\]]/g, found => {
    if (found === '*') return '.*';
    if (found === '?') return '.';
    if (found.length > 1) return found.replace('[!', '[^').replaceAll('\\', '\\\\');
    return `\\${found}`;
  });
  return new RegExp(`^${source}$`, 's').test(text);
}
