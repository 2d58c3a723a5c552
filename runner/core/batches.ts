// The batches of a play with `serial`: which hosts go together. Pure.

/** serial: numbers or percentages of the play's hosts; the last repeats (semantics.md 2.6). */
export function batches(hosts: readonly string[], serial: readonly (number | string)[]): readonly (readonly string[])[] {
  if (serial.length === 0) return hosts.length > 0 ? [hosts] : [];
  const result: (readonly string[])[] = [];
  for (let from = 0, n = 0; from < hosts.length; n++) {
    const size = sizeOf(serial[Math.min(n, serial.length - 1)] ?? 0, hosts.length);
    result.push(hosts.slice(from, from + size));
    from += size;
  }
  return result;
}

function sizeOf(word: number | string, total: number): number {
  const text = String(word);
  const size = text.endsWith('%') ? Math.floor((Number.parseFloat(text) * total) / 100) : Number.parseInt(text, 10);
  return size > 0 ? size : text.endsWith('%') ? 1 : total;
}
