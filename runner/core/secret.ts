// Secrets in what is written: the redactor that every reporter and journal writes through. It holds values, prints nothing.

export const MASK = '******';
/** Shorter values would blot out ordinary text. */
const SHORTEST = 4;

export interface Redactor {
  /** Masks the value from now on. Answers false where it is too short to be masked inside text. */
  add(secret: string): boolean;
  /** The text with every known secret masked, in all the forms in which it may appear. */
  redact(text: string): string;
  /** True for a whole field that is a secret too short to be searched for. */
  isShort(text: string): boolean;
  /** Nothing to mask: most runs. */
  isEmpty(): boolean;
}

export function createRedactor(): Redactor {
  const forms = new Set<string>();
  const short = new Set<string>();
  let pattern: RegExp | undefined;
  const compile = (): RegExp => {
    // The longest first: else the head of a long secret is masked and its tail stays.
    const all = [...forms].sort((a, b) => b.length - a.length);
    return new RegExp(all.map(form => form.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')).join('|'), 'g');
  };
  return {
    add(secret) {
      const value = secret.replace(/^\n+|\n+$/g, '');
      if (value.length < SHORTEST) {
        if (value !== '') short.add(value);
        return false;
      }
      const before = forms.size;
      for (const form of formsOf(value)) if (form.length >= SHORTEST) forms.add(form);
      if (forms.size !== before) pattern = undefined;
      return true;
    },
    redact(text) {
      if (forms.size === 0) return text;
      pattern ??= compile();
      return text.replace(pattern, MASK);
    },
    isShort: text => short.has(text),
    isEmpty: () => forms.size === 0 && short.size === 0,
  };
}

function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret, 'utf8');
  const json = JSON.stringify(secret).slice(1, -1);
  const lines = secret.includes('\n') ? secret.split('\n').map(line => line.trim()) : [];
  return [
    secret,
    ...base64Forms(bytes),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    ...urlForms(secret),
    json,
    JSON.stringify(json).slice(1, -1),
    secret.replaceAll("'", `'\\''`),
    secret.replaceAll("'", "''"),
    secret.replace(/[\\"$`]/g, '\\$&'),
    secret.replace(/[^A-Za-z0-9_@%+=:,./\n-]/g, '\\$&'),
    ...lines.flatMap(line => (line.length < SHORTEST ? [] : [line, Buffer.from(line).toString('base64')])),
  ];
}

function urlForms(secret: string): readonly string[] {
  try {
    const url = encodeURIComponent(secret);
    return [url, url.replaceAll('%20', '+'), new URLSearchParams([['', secret]]).toString().slice(1)];
  } catch {
    return []; // a lone surrogate has no URL form
  }
}

/** The value alone, and at each of the three places where it can stand in a longer base64 text (`user:password`). */
function base64Forms(bytes: Buffer): readonly string[] {
  const whole = bytes.toString('base64');
  const inside = [0, 1, 2].map(offset => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const end = text.length - ((offset + bytes.length) % 3 === 0 ? 0 : 1);
    return text.slice(offset === 0 ? 0 : offset + 1, end);
  });
  const safe = inside.filter(text => text.length >= 6);
  const all = [whole, whole.replace(/=+$/, ''), ...safe];
  return [...all, ...all.map(text => text.replaceAll('+', '-').replaceAll('/', '_'))];
}

/** Masks every secret in the texts of a value, and every number that is one; the same value back where there is none. */
export function masked<T>(value: T, redactor: Redactor): T {
  if (redactor.isEmpty()) return value;
  const mask = (one: unknown): unknown => {
    if (typeof one === 'string') return redactor.isShort(one) ? MASK : redactor.redact(one);
    if (typeof one === 'number') return redactor.redact(String(one)) === MASK ? MASK : one;
    if (typeof one !== 'object' || one === null) return one;
    const entries = Object.entries(one).map(([key, item]) => [redactor.redact(key), mask(item), key, item] as const);
    if (entries.every(([shown, now, key, item]) => shown === key && now === item)) return one;
    return Array.isArray(one) ? entries.map(([, now]) => now) : Object.fromEntries(entries);
  };
  return mask(value) as T;
}
