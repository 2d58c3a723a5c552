// The command line as a journal may keep it: values whose name says that they are secret are masked. Pure.
import { MASK } from './core/secret.ts';

const SECRET = /pass(word|wd|phrase)?|secret|token|api_?key|private_?key|credential|\bpwd\b/i;
/** `name=value`, `"name": "value"`, quoted or not. */
const PAIR = /(["']?)([\w.-]+)\1(\s*[=:]\s*)("(?:[^"\\]|\\.)*"|'[^']*'|[^\s,}]+)/g;
const FREE = /^(-e|--extra-vars|-a|--args)(=|$)/;

/** Of `-e`, `--extra-vars` and the arguments of `exec` alone: other flags take names and files. */
export function maskedArgv(argv: readonly string[]): { readonly argv: readonly string[]; readonly isMasked: boolean } {
  const shown = argv.map((word, at) => {
    const isFree = FREE.test(word) || /^-[ea]./.test(word) || FREE.test(argv[at - 1] ?? '');
    return isFree ? maskedPairs(word) : word;
  });
  return { argv: shown, isMasked: shown.some((word, at) => word !== argv[at]) };
}

/** `-e@file` holds a name alone. */
function maskedPairs(word: string): string {
  const [flag = ''] = /^(--[\w-]+=|-[ea])?/.exec(word) ?? [];
  const shown = word
    .slice(flag.length)
    .replace(PAIR, (whole, quote: string, name: string, sign: string) =>
      SECRET.test(name) ? `${quote}${name}${quote}${sign}${MASK}` : whole,
    );
  return flag + shown;
}
