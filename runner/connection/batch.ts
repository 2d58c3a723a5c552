// Turns many questions into shell text that answers each in a frame of its own. Pure: no host, no stream.
import { isUtf8 } from 'node:buffer';
import { quote } from '../core/shell.ts';
import type { Question } from '../core/types.ts';

/** The nonce comes in two halves, so that no text of ours (in `ps`, `set`, a trace) holds the whole mark. */
export interface Nonce {
  readonly left: string;
  readonly right: string;
}

export const marker = (nonce: Nonce): string => nonce.left + nonce.right;

/** What sudo is told to print before it reads the password. */
export const sudoPrompt = ({ left, right }: Nonce): string => `[tsrun ${right}${left}]`;

/** For people: without our marks and prompts. */
export const withoutMarks = (text: string, nonce: Nonce): string =>
  text
    .replaceAll(sudoPrompt(nonce), '')
    .split('\n')
    .filter(line => !line.includes(marker(nonce)))
    .join('\n');

/** One question with its place in the batch. */
export interface Asked {
  /** Unique for the life of a resident. */
  readonly id: number;
  readonly question: Question;
  /** 0: in no group. */
  readonly group: number;
  readonly accept: readonly number[];
  /** Any code but 0 keeps the groups behind from beginning. */
  readonly chained: boolean;
}

/** `merged`: stdout and stderr are one stream (a terminal), so stderr is caught and printed behind. */
export type Shape = 'split' | 'merged';

/** The functions of the frame, of shell built-ins only: `tsrun_m` prints a mark (see frames.ts), `tsrun_q` asks a
 *  question without stdin. `set --` hides the function's arguments from the question. */
export function frameText({ left, right }: Nonce, shape: Shape = 'split'): string {
  const mark = `printf '${left}%s%s\\n' ${right} "$1"`;
  if (shape === 'merged') {
    // The stderr reader of a merged stream looks for the halves in the other order.
    return `tsrun_m() { ${mark}; }\ntsrun_o() { printf '${right}%s%s\\n' ${left} "$1"; }`;
  }
  return [
    `tsrun_m() { ${mark}; ${mark} >&2; }`,
    apartText({ left, right }),
    `tsrun_q() { tsrun_m "+$1"; { ( eval "set --\n$2" ) </dev/null 6>&- ${inside}; } ${around}; tsrun_m "-$1 $tsrun_c"; }`,
  ].join('\n');
}

/** `tsrun_a` asks a question whose streams end with it: each goes through a pipe whose reader stops at the end mark.
 *  The code comes back through the pipe of `$(...)`, which the question does not hold. */
function apartText({ left, right }: Nonce): string {
  // The brackets keep the whole mark out of the list of processes.
  const stop = `LC_ALL=C sed "/${left}[${right.charAt(0)}]${right.slice(1)}-$1 /q"`;
  const body = '{ ( eval "set --\n$2" ) 6>&- 7>&- 8>&- 9>&-; tsrun_c=$?; echo $tsrun_c >&7; tsrun_m "-$1 $tsrun_c"; }';
  const piped = `{ ${body} 2>&1 >&8 8>&- | ${stop} >&2 7>&- 8>&-; } 8>&1 | ${stop} >&9 7>&-`;
  return `tsrun_a() { tsrun_m "+$1"; { tsrun_c=$( { ${piped}; } 7>&1 ); } 9>&1; return $tsrun_c; }`;
}

/** The redirections hide what bash says about a subshell that was killed. In dash a group that holds one
 *  subshell and nothing else loses the inner redirection, so the code is taken inside. */
const inside = '2>&9 9>&-; tsrun_c=$?';
const around = '9>&2 2>/dev/null';

/** Any bytes as the format of `printf`, the one way to write them that every sh has built in. */
function octal(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    const plain = byte >= 32 && byte < 127 && byte !== 37 && byte !== 39 && byte !== 92;
    text += plain ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`;
  }
  return text;
}

function feeder(stdin: Uint8Array | string): string {
  const bytes = typeof stdin === 'string' ? Buffer.from(stdin) : stdin;
  if (bytes.length === 0) return '';
  const text = !bytes.includes(0) && isUtf8(bytes);
  // A reader that stops early must not put printf's complaint into the answer.
  return `printf ${text ? `%s ${quote(Buffer.from(bytes).toString())}` : `'${octal(bytes)}'`} 2>/dev/null | `;
}

/** A connection may be cut in the middle of the text, and a shell does at its end what it has read so far: in quotes, or
 *  between braces, a part of a command is a syntax error and does nothing. */
function quotedWhole(script: string): string {
  const quoted = quote(script);
  return quoted.startsWith("'") ? quoted : `'${quoted}'`;
}

/** The frame of one question. The subshell keeps `exit`, `set -e`, `cd`, traps and syntax errors to itself. */
function frameOf({ id, question }: Asked, shape: Shape): string {
  if (!('sh' in question)) throw new TypeError('a shell cannot answer a question to an API server');
  const feed = question.stdin === undefined ? '' : feeder(question.stdin);
  const body = quotedWhole(question.sh === '' ? ':' : question.sh);
  if (shape === 'split' && question.apart) {
    return `{ ${feed}tsrun_a ${id} ${body}${feed === '' ? ' </dev/null' : ''}; tsrun_c=$?; }`;
  }
  if (shape === 'split') {
    if (feed === '') return `tsrun_q ${id} ${body}`;
    return `tsrun_m +${id}; { ${feed}( eval ${body} ) 6>&- ${inside}; } ${around}; tsrun_m "-${id} $tsrun_c"`;
  }
  const input = feed === '' ? ' </dev/null' : '';
  const run = `{ ${feed}( eval ${body} )${input} 6>&- 9>&-; tsrun_c=$?; } 2>&1 >&9; printf x; exit $tsrun_c`;
  return [
    `tsrun_m +${id}; { tsrun_x=$( ${run} ); tsrun_c=$?; } 9>&1; tsrun_m "-${id} $tsrun_c"`,
    `tsrun_o +${id}; printf %s "\${tsrun_x%x}"; tsrun_o "-${id} $tsrun_c"`,
  ].join('; ');
}

const stopsGroup = (asked: Asked): string =>
  `case $tsrun_c in ${asked.accept.join('|')}) ;; *) tsrun_g${asked.group}=stop ;; esac` +
  (asked.chained ? '; [ "$tsrun_c" = 0 ] || tsrun_k=stop' : '');

/** Of chained groups the first clears the chain, and the others take its state. */
const startsGroup = ({ chained, group }: Asked, isFirst: boolean): string =>
  chained ? `${isFirst ? 'tsrun_k=\n' : ''}tsrun_g${group}=$tsrun_k\n` : `tsrun_g${group}=\n`;

/** Shell text of each question, in order. Run with the text of frameText before, and endText behind the last. */
export function questionTexts(batch: readonly Asked[], shape: Shape): readonly string[] {
  const groups = new Set<number>();
  return batch.map(asked => {
    if (asked.group === 0) return frameOf(asked, shape);
    const first = groups.has(asked.group) ? '' : startsGroup(asked, groups.size === 0);
    groups.add(asked.group);
    return `${first}[ "$tsrun_g${asked.group}" ] || { ${frameOf(asked, shape)}; ${stopsGroup(asked)}; }`;
  });
}

export const endText = (lastId: number, shape: Shape): string =>
  shape === 'split' ? `tsrun_m !${lastId}` : `tsrun_m !${lastId}; tsrun_o !${lastId}`;
