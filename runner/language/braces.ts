// Cuts a text at its {{ ... }}: texts and braces of the expression inside are respected. Pure; knows nothing of CEL else.

export interface Hole {
  /** Without the braces and the blanks around it. */
  readonly text: string;
  /** Of its first character in the whole text. */
  readonly offset: number;
}
export interface Cut {
  readonly parts: readonly (string | Hole)[];
  /** Offset of a `{{` that has no end. */
  readonly open?: number;
}

/** The offset behind a CEL text that begins at `at`. */
function afterText(whole: string, at: number): number {
  const quote = whole[at] as string;
  const triple = quote.repeat(3);
  const mark = whole.startsWith(triple, at) ? triple : quote;
  const raw = /(?:^|\W)[rR]$/.test(whole.slice(Math.max(0, at - 2), at));
  for (let i = at + mark.length; i < whole.length; i++) {
    if (whole[i] === '\\' && !raw) i += 1;
    else if (whole.startsWith(mark, i)) return i + mark.length;
  }
  return whole.length;
}

/** The offset of the `}}` that ends the expression begun before `from`; -1 where there is none. */
function endOf(whole: string, from: number): number {
  let depth = 0;
  for (let at = from; at < whole.length; at++) {
    const char = whole[at];
    if (char === "'" || char === '"') at = afterText(whole, at) - 1;
    else if (char === '{') depth += 1;
    else if (char === '}' && depth > 0) depth -= 1;
    else if (char === '}' && whole[at + 1] === '}') return at;
  }
  // A quote that is never closed hides the end: take the next one, so that the fault is about the quote.
  return whole.indexOf('}}', from);
}

export function cut(whole: string): Cut {
  const parts: (string | Hole)[] = [];
  let at = 0;
  for (;;) {
    const start = whole.indexOf('{{', at);
    if (start < 0) break;
    const end = endOf(whole, start + 2);
    if (end < 0) return { parts, open: start };
    if (start > at) parts.push(whole.slice(at, start));
    const inside = whole.slice(start + 2, end);
    const text = inside.trim();
    parts.push({ text, offset: start + 2 + (text === '' ? 0 : inside.indexOf(text)) });
    at = end + 2;
  }
  if (at < whole.length) parts.push(whole.slice(at));
  return { parts };
}
