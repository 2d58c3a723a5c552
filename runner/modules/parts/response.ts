// The answer of a server as curl or wget printed it: status, headers, body, and what `register` gets of it. Pure.
import type { Output, Vars } from '../../core/types.ts';
import { utf8 } from './bytes.ts';

export interface Response {
  /** -1: there was no answer. */
  readonly status: number;
  readonly reason: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly url: string;
  readonly redirects: number;
  readonly seconds: number;
  readonly error: string;
}

/** What a script prints behind the output of curl: how long the headers are, so that a body may look like one. */
export const CURL_TAIL = '\\n%{size_header} %{http_code} %{num_redirects} %{time_total} %{url_effective}';

const NEWLINE = 10;
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** stdout is the answer, a line of CURL_TAIL (of wget: "-"), and the exit code. */
export function readResponse(out: Output, url: string): Response {
  const end = out.stdout.lastIndexOf(NEWLINE);
  const middle = out.stdout.lastIndexOf(NEWLINE, end - 1);
  const rc = Number(text(out.stdout.subarray(end + 1)));
  const tail = text(out.stdout.subarray(middle + 1, end));
  const errors = text(out.stderr);
  const curl = /^(\d+) (\d+) (\d+) ([\d.]+) (.*)$/s.exec(tail);
  if (!curl) return wgetResponse(out.stdout.subarray(0, Math.max(middle, 0)), errors, rc, url);
  const size = Number(curl[1]);
  const head = lastBlock(text(out.stdout.subarray(0, size)));
  return {
    status: rc === 0 || Number(curl[2]) > 0 ? Number(curl[2]) : -1,
    reason: /^HTTP\/\S+ \d+ ?(.*)/.exec(head[0] ?? '')?.[1]?.trim() ?? '',
    headers: headersOf(head),
    body: out.stdout.subarray(Math.min(size, Math.max(middle, 0)), Math.max(middle, 0)),
    url: curl[5] ?? url,
    redirects: Number(curl[3]),
    seconds: Math.floor(Number(curl[4])),
    error: rc === 0 ? '' : errors.trim() || `curl exited with ${rc}`,
  };
}

function wgetResponse(body: Uint8Array, errors: string, rc: number, url: string): Response {
  const at = errors.lastIndexOf('HTTP/');
  const head =
    at < 0
      ? []
      : errors
          .slice(at)
          .split('\n')
          .map(line => line.trim());
  const status = /^HTTP\/\S+ (\d+) ?(.*)/.exec(head[0] ?? '');
  const error = rc === 0 ? '' : (errors.trim().split('\n').at(-1) ?? '') || `wget exited with ${rc}`;
  return {
    status: status ? Number(status[1]) : rc === 0 ? 200 : -1,
    reason: status?.[2] ?? '',
    headers: headersOf(head),
    body,
    url,
    redirects: (errors.match(/HTTP\/\S+ 3\d\d/g) ?? []).length,
    seconds: 0,
    error,
  };
}

/** Of several answers (100, redirects) the last one counts. */
const lastBlock = (head: string): readonly string[] =>
  (
    head
      .trimEnd()
      .split(/\r?\n\r?\n/)
      .at(-1) ?? ''
  ).split(/\r?\n/);

/** `Content-Type` -> `content_type`; what comes twice is joined. */
function headersOf(lines: readonly string[]): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const line of lines.slice(1)) {
    const found = /^([\w-]+):\s*(.*)$/.exec(line);
    if (!found) continue;
    const name = (found[1] ?? '').toLowerCase().replaceAll('-', '_');
    headers[name] = name in headers ? `${headers[name]}, ${found[2]}` : (found[2] ?? '');
  }
  return headers;
}

const isJson = (type = ''): boolean => /^[\w.-]+\/(?:[\w.-]+\+)?(?:json|javascript)\b/i.test(type.trim());

export interface Wishes {
  readonly url: string;
  readonly status: readonly number[];
  readonly content: boolean;
}

export function responseResult(response: Response, wishes: Wishes): Vars {
  const { status, headers } = response;
  const known = utf8(response.body) ?? Buffer.from(response.body).toString('latin1');
  const plain =
    status >= 400 ? `HTTP Error ${status}: ${response.reason}` : `OK (${headers['content_length'] ?? 'unknown'} bytes)`;
  const msg = status < 0 ? `Request failed: ${response.error}` : plain;
  const bad = !wishes.status.includes(status) || (response.error !== '' && status < 0);
  return {
    ...headers,
    ...(headers['location'] === undefined ? {} : { location: absolute(headers['location'], response.url) }),
    status,
    url: response.url,
    redirected: response.redirects > 0,
    elapsed: response.seconds,
    ...(wishes.content ? { content: known } : {}),
    ...(isJson(headers['content_type']) ? jsonOf(known) : {}),
    msg: bad ? `Status code was ${status} and not [${wishes.status.join(', ')}]: ${msg}` : msg,
    ...(bad ? { failed: true } : {}),
  };
}

function absolute(location: string, from: string): string {
  return URL.canParse(location, from) ? new URL(location, from).href : location;
}

function jsonOf(body: string): Vars {
  try {
    return { json: JSON.parse(body) };
  } catch {
    return {};
  }
}
