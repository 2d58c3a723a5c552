// Versions in order: by rpm's rules, by Debian's where a `~` or `:` or the caller says so. Pure.

/** Made by version(x): ordered by <, <=, >, >= and equal by value. */
export class Version {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

const isDigit = (char: string | undefined): boolean => char !== undefined && char >= '0' && char <= '9';

interface Split {
  readonly epoch: number;
  readonly upstream: string;
  /** What follows the last hyphen: the package's own release. */
  readonly release: string;
}

// `1.0-rc1` comes before `1.0`, as `1.0~rc1` does; every other hyphen begins a release.
function split(text: string): Split {
  const found = /^(?:(\d+):)?(.*)$/s.exec(text.trim().replace(/-(?=(?:alpha|beta|rc|pre|dev|snapshot)(?![a-z]))/i, '~'));
  const rest = (found?.[2] ?? '').replace(/^v(?=\d)/, '');
  const hyphen = rest.lastIndexOf('-');
  const upstream = hyphen < 0 ? rest : rest.slice(0, hyphen);
  return { epoch: Number(found?.[1] ?? 0), upstream, release: hyphen < 0 ? '' : rest.slice(hyphen + 1) };
}

/** Runs of digits compare as numbers, runs of letters as text, digits above letters; `~` sorts before the end, `^` after. */
export function compareVersions(left: string, right: string): number {
  const [one, other] = [split(left), split(right)];
  if (one.epoch !== other.epoch) return one.epoch < other.epoch ? -1 : 1;
  return compareParts(parts(one.upstream), parts(other.upstream)) || compareParts(parts(one.release), parts(other.release));
}

const parts = (text: string): readonly string[] => text.match(/\d+|[A-Za-z]+|[~^]/g) ?? [];

function rank(part: string | undefined): number {
  if (part === '~') return 0;
  if (part === undefined) return 1;
  if (part === '^') return 2;
  return isDigit(part[0]) ? 4 : 3;
}

function compareParts(left: readonly string[], right: readonly string[]): number {
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const [one, other] = [left[i], right[i]];
    const [a, b] = [rank(one), rank(other)];
    if (a !== b) return a < b ? -1 : 1;
    if (a === 4) {
      const [x, y] = [BigInt(one as string), BigInt(other as string)];
      if (x !== y) return x < y ? -1 : 1;
    } else if (one !== other) return (one as string) < (other as string) ? -1 : 1;
  }
  return 0;
}
