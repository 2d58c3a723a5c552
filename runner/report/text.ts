// Small pieces of text that the reporters share: colours, visible control characters, times. Pure.

const colors = { red: 31, green: 32, yellow: 33, magenta: 35, cyan: 36, dim: 2, bold: 1 } as const;
export type Color = keyof typeof colors;
export type Paint = (color: Color, text: string) => string;

export const painter = (on: boolean): Paint =>
  on ? (color, text) => `\u001b[${colors[color]}m${text}\u001b[0m` : (_, text) => text;

// C0 but tab and newline, DEL, C1, and the marks that turn the direction of text: all of them can lie to a terminal.
// biome-ignore lint: the control characters are the point.
const unseen = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** What a host sends is never acted on by the terminal: ESC is shown as \x1b. */
export const visible = (text: string): string => text.replaceAll('\r\n', '\n').replace(unseen, escape);

function escape(char: string): string {
  if (char === '\r') return '\\r';
  const code = char.charCodeAt(0).toString(16);
  return code.length > 2 ? `\\u${code.padStart(4, '0')}` : `\\x${code.padStart(2, '0')}`;
}

/** JSON leaves DEL and C1 as they are; as escapes they mean the same and do a terminal no harm. */
export const asJson = (value: unknown, indent?: number): string =>
  JSON.stringify(value, undefined, indent).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

export const indent = (text: string, by: number): string => text.replace(/^(?=.)/gm, ' '.repeat(by));

export function seconds(value: number): string {
  if (value < 60) return `${value.toFixed(1)} s`;
  return `${Math.floor(value / 60)} min ${Math.round(value % 60)} s`;
}

export const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;
