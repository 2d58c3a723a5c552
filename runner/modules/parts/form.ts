// Bodies of requests: JSON as Python writes it, and forms. Pure.

/** As json.dumps writes it, so that a checksum or a diff is the same as Ansible's. */
export function pythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`;
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value)
      .map(([key, item]) => `${asciiText(key)}: ${pythonJson(item)}`)
      .join(', ')}}`;
  return typeof value === 'string' ? asciiText(value) : JSON.stringify(value ?? null);
}

const asciiText = (text: string): string =>
  JSON.stringify(text).replace(/[\u007f-\uffff]/g, char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);

const plus = (text: string): string =>
  encodeURIComponent(text)
    .replace(/[!'()*]/g, char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');

/** A map, or a list of pairs; a list as value gives the key once for each. */
export function formEncoded(body: unknown): string {
  const pairs = Array.isArray(body) ? (body as readonly (readonly [unknown, unknown])[]) : Object.entries(body ?? {});
  return pairs
    .flatMap(([key, value]) => [value].flat().map(item => [key, item] as const))
    .filter(([, item]) => item !== null && item !== undefined)
    .map(([key, item]) => `${plus(String(key))}=${plus(pythonText(item))}`)
    .join('&');
}

const pythonText = (value: unknown): string => (typeof value === 'boolean' ? (value ? 'True' : 'False') : String(value));
