// Requests that a host makes itself, by curl or by wget: the arguments they share, and the scripts. Nothing is sent from here.
import { raw, sh } from '../../core/shell.ts';
import type { Fact, JsonSchema, Script } from '../../core/types.ts';
import { flag, text, whole } from './kinds.ts';

export interface HttpArgs {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string | number | boolean>>;
  readonly url_username?: string;
  readonly url_password?: string;
  readonly force_basic_auth: boolean;
  readonly http_agent: string;
  readonly use_proxy: boolean;
  readonly use_netrc: boolean;
  readonly validate_certs: boolean;
  readonly client_cert?: string;
  readonly client_key?: string;
  readonly ca_path?: string;
  readonly ciphers?: readonly string[];
  readonly decompress: boolean;
  readonly timeout: number;
}

export const httpKinds = {
  url: text('The address.', { minLength: 1 }),
  headers: {
    type: 'object',
    additionalProperties: { type: ['string', 'number', 'boolean'] },
    description: 'Headers of the request.',
  },
  url_password: text('Password for the server.', { aliases: ['password'], secret: true }),
  force_basic_auth: flag('Send user and password at once. (Always so here.)', false),
  http_agent: text('The User-Agent header.', { default: 'ansible-httpget' }),
  use_proxy: flag('Use the proxy that the environment names.', true),
  use_netrc: flag('Look for a password in ~/.netrc.', true),
  validate_certs: flag("Check the server's certificate.", true),
  client_cert: text('Certificate of the client: a path on the host.'),
  client_key: text('Its key: a path on the host.'),
  ciphers: { type: 'array', items: { type: 'string' }, description: 'TLS ciphers to offer.' },
  decompress: flag('Unpack what comes compressed.', true),
} as const satisfies JsonSchema;
export const timeoutKind = (seconds: number): JsonSchema =>
  whole('Seconds without a sign of the server.', { default: seconds, minimum: 1 });

export type Tool = 'curl' | 'wget' | '';

/** Prints which program there is. */
export const toolScript: Script = sh`if command -v curl >/dev/null; then printf curl; elif command -v wget >/dev/null; then printf wget; fi; printf '\\0'`;

export const needsNoTool = (url: string): boolean => /^file:/i.test(url);
export const noTool = (url: string, tool: Tool) =>
  tool === '' && !needsNoTool(url)
    ? { why: 'the host has neither curl nor wget', mend: 'install one of them first: package: { name: curl }' }
    : undefined;

/** A package task before it will bring one. */
export const foreseeTool = (tool: Tool, foretold: readonly Fact[]): Tool =>
  tool ||
  (['curl', 'wget'] as const).find(name =>
    foretold.some(fact => 'package' in fact && fact.package === name && fact.is === 'present'),
  ) ||
  '';

export const filePath = (url: string): string => decodeURIComponent(url.replace(/^file:(\/\/[^/]*)?/i, ''));

/** `https://a/b/c.tgz?x` -> `c.tgz` */
export const urlName = (url: string): string =>
  /^[^?#]*\/([^/?#]+)(?:[?#].*)?$/.exec(url.replace(/^\w+:\/\/[^/]*/, ''))?.[1] ?? 'index.html';

const quoted = (value: string): string =>
  `"${value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t')}"`;

export interface Request extends HttpArgs {
  readonly method?: string;
  readonly body?: string;
  readonly bodyFile?: string;
  readonly unixSocket?: string;
  readonly redirects?: boolean;
}

/** curl's own configuration: passwords and headers stand in no process list. */
function curlConfig(request: Request): string {
  const { timeout, method = 'GET' } = request;
  const user = request.url_username === undefined ? undefined : `${request.url_username}:${request.url_password ?? ''}`;
  const values: readonly (readonly [string, string | undefined])[] = [
    ['url', request.url],
    ['user', user],
    ['user-agent', request.http_agent],
    ['connect-timeout', String(timeout)],
    ['speed-time', String(timeout)],
    ['speed-limit', '1'],
    ['noproxy', request.use_proxy ? undefined : '*'],
    ['cert', request.client_cert],
    ['key', request.client_key],
    ['cacert', request.ca_path],
    ['ciphers', request.ciphers?.join(':')],
    ['data-raw', request.body],
    ['data-binary', request.bodyFile === undefined ? undefined : `@${request.bodyFile}`],
    ['unix-socket', request.unixSocket],
    ['request', method === 'HEAD' || (method === 'GET' && request.body === undefined) ? undefined : method],
    ...Object.entries(request.headers ?? {}).map(([name, value]) => ['header', `${name}: ${value}`] as const),
  ];
  const flags = [
    'silent',
    'show-error',
    ...(request.redirects === false ? [] : ['location']),
    ...(request.use_netrc ? ['netrc-optional'] : []),
    ...(request.validate_certs ? [] : ['insecure']),
    ...(request.decompress ? ['compressed'] : []),
    ...(method === 'HEAD' ? ['head'] : []),
  ];
  const settings = values.flatMap(([key, value]) => (value === undefined ? [] : [`${key} = ${quoted(value)}`]));
  return [...settings, ...flags].map(line => `${line}\n`).join('');
}

/** A curl that reads the request from its input; `more` are further options. */
export const curlScript = (request: Request, more: Script): Script =>
  sh`printf %s ${curlConfig(request)} | curl -q -K - ${raw(more)}`;

/** wget knows less: no sockets, certificates by options that BusyBox lacks; headers are seen in the process list. */
export function wgetScript(request: Request, more: Script): Script {
  const basic =
    request.url_username === undefined
      ? []
      : [
          `--header=Authorization: Basic ${Buffer.from(`${request.url_username}:${request.url_password ?? ''}`).toString('base64')}`,
        ];
  const options = [
    '-q',
    '-U',
    request.http_agent,
    ...(request.validate_certs ? [] : ['--no-check-certificate']),
    ...(request.use_proxy ? [] : ['-Y', 'off']),
    ...basic,
    ...Object.entries(request.headers ?? {}).map(([name, value]) => `--header=${name}: ${value}`),
    ...(request.body === undefined ? [] : [`--post-data=${request.body}`]),
    ...(request.bodyFile === undefined ? [] : [`--post-file=${request.bodyFile}`]),
  ];
  const rest = sh`${options} ${raw(more)} -- ${request.url}`;
  // The wget of Debian's BusyBox falls over -T (139) before it asks for anything.
  return sh`{ wget -T ${request.timeout} ${raw(rest)} || { c=$?; [ $c -eq 139 ] && wget ${raw(rest)} || { [ $c -ne 139 ] && (exit $c); }; }; }`;
}

/** The body into the file `$t`; `$e` is an If-Modified-Since file or empty. Exits as the program does. */
export function downloadScript(request: Request, tool: Tool): Script {
  if (needsNoTool(request.url)) return sh`cat -- ${filePath(request.url)} >"$t"`;
  return tool === 'wget' ? wgetScript(request, sh`-O "$t"`) : curlScript(request, sh`-f -o "$t"`);
}
