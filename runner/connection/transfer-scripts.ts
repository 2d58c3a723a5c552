// The scripts that put and get one file. Each is one line that every login shell passes on unharmed:
// no single quote, no `!`, no backslash before a quote. Pure text.
import type { Nonce } from './batch.ts';

/** Any path as a word of sh: what is not plain goes as octal through printf. */
function pathText(path: string): string {
  let text = '';
  for (const byte of Buffer.from(path)) {
    const letter = String.fromCharCode(byte);
    text += /[A-Za-z0-9/._-]/.test(letter) ? letter : `\\${byte.toString(8).padStart(3, '0')}`;
  }
  // The x keeps a final newline from being stripped.
  return `p=$(printf "${text}x"); p=\${p%x}; case $p in /*) ;; *) p=./$p ;; esac`;
}

const has = (program: string): string => `command -v ${program} >/dev/null 2>&1`;

/** sha256 of stdin by whatever the host has; `none` where it has nothing. */
export const sum =
  `if ${has('sha256sum')}; then sha256sum; elif ${has('shasum')}; then shasum -a 256; ` +
  `elif ${has('openssl')}; then openssl dgst -sha256 -r; elif ${has('busybox')}; then busybox sha256sum; else echo none; fi`;

/** How the scripts end. */
export const ends = { cannotOpen: 73, broken: 74, differs: 75 } as const;

/** Reads stdin into a new file of mode 0600. A partial one is removed, also when the connection is cut:
 *  stdin then ends early and the sum does not fit. Without any sum program the size must do. */
export function putScript(path: string, sha256: string, size: number): string {
  const remove = 'rm -f "$p"';
  return [
    pathText(path),
    `umask 077; set -C; c() { ${remove}; exit ${ends.broken}; }`,
    `{ m=1; trap c HUP INT TERM PIPE; cat || e=1; } > "$p"`,
    `[ "$m" ] || exit ${ends.cannotOpen}`,
    `[ "$e" ] && c`,
    `case $({ ${sum}; } < "$p") in ${sha256}*) exit 0 ;; none) [ "$(wc -c < "$p")" -eq ${size} ] && exit 0 ;; esac`,
    `${remove}; exit ${ends.differs}`,
  ].join('; ');
}

/** Prints a mark, then the file; its sum, behind the same mark, on stderr. */
export function getScript(path: string, { left, right }: Nonce): string {
  return [
    pathText(path),
    `a=${left}`,
    `{ m=1; echo "$a"${right}=; cat || e=1; } < "$p"`,
    `[ "$m" ] || exit ${ends.cannotOpen}`,
    `[ "$e" ] && exit ${ends.broken}`,
    `echo "$a"${right}="$({ ${sum}; } < "$p")" >&2`,
  ].join('; ');
}
