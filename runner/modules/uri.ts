// A request that the host makes, and its answer for `register`. It compares no state: the request itself is the deed.
import { lines, raw, sh } from '../core/shell.ts';
import type { Blob, Module, Plan, Script, Vars } from '../core/types.ts';
import { type FileArgs, fileKinds, ownerRefusal, wantedMode, wishesOf } from './parts/attributes.ts';
import { settingsOf } from './parts/content.ts';
import { setScript } from './parts/deed-scripts.ts';
import { fields } from './parts/fields.ts';
import { foreseeSurvey } from './parts/foresee.ts';
import { formEncoded, pythonJson } from './parts/form.ts';
import {
  curlScript,
  foreseeTool,
  type HttpArgs,
  httpKinds,
  noTool,
  type Request,
  timeoutKind,
  type Tool,
  toolScript,
  urlName,
  wgetScript,
} from './parts/http.ts';
import { choice, flag, takes, text } from './parts/kinds.ts';
import { fileKey, parentOf } from './parts/paths.ts';
import { CURL_TAIL, readResponse, responseResult } from './parts/response.ts';
import { pathScript, readSurvey, readsOf, type Survey, type SurveyWish, surveyScript } from './parts/survey.ts';

interface Args extends HttpArgs, FileArgs {
  readonly method: string;
  readonly body?: unknown;
  readonly body_format: 'raw' | 'json' | 'form-urlencoded';
  readonly src?: Blob | string;
  readonly remote_src: boolean;
  readonly dest?: string;
  readonly creates?: string;
  readonly removes?: string;
  readonly status_code: readonly number[] | number | string;
  readonly return_content: boolean;
  readonly follow_redirects: 'all' | 'no' | 'none' | 'safe' | 'urllib2' | 'yes';
  readonly unix_socket?: string;
}
interface State {
  readonly tool: Tool;
  /** Why the request is not needed: `creates` is there, or `removes` is not. */
  readonly skip: string;
  readonly survey: Survey | null;
}
interface Action {
  readonly script: Script;
}

const TYPES: Readonly<Record<string, string>> = {
  json: 'application/json',
  'form-urlencoded': 'application/x-www-form-urlencoded',
};

const statusOf = ({ status_code }: Args): readonly number[] =>
  (typeof status_code === 'string' ? status_code.split(',') : [status_code].flat()).map(Number);

function bodyOf({ body, body_format, src }: Args): string | undefined {
  if (typeof src === 'object') return src.text;
  if (body === undefined || typeof body === 'string') return body;
  return body_format === 'form-urlencoded' ? formEncoded(body) : pythonJson(body);
}

function redirects({ follow_redirects: follow }: Args, method: string): boolean {
  if (follow === 'safe' || follow === 'urllib2') return method === 'GET' || method === 'HEAD';
  return follow === 'all' || follow === 'yes';
}

function requestOf(args: Args): Request {
  const method = args.method.toUpperCase();
  const named = Object.keys(args.headers ?? {}).some(name => name.toLowerCase() === 'content-type');
  const type = TYPES[args.body_format];
  const body = bodyOf(args);
  const { body: _, ...rest } = args;
  return {
    ...rest,
    method,
    headers: { ...args.headers, ...(type && !named ? { 'Content-Type': type } : {}) },
    redirects: redirects(args, method),
    ...(body === undefined ? {} : { body }),
    ...(typeof args.src === 'string' ? { bodyFile: args.src } : {}),
    ...(args.unix_socket === undefined ? {} : { unixSocket: args.unix_socket }),
  };
}

function askScript(args: Args, tool: Tool): Script {
  const request = requestOf(args);
  if (tool === 'wget') return sh`${raw(wgetScript(request, sh`-S -O -`))}; printf '\\n-\\n%s' $?`;
  return sh`${raw(curlScript(request, sh`-i -w ${CURL_TAIL}`))}; printf '\\n%s' $?`;
}

/** The body is kept beside dest until the status is known to be right. */
function saveScript(args: Args, path: string, mode: number | undefined): Script {
  const ask = curlScript(requestOf(args), sh`-D - -o "$n" "$@" -w ${CURL_TAIL}`);
  return lines(
    sh`p=${path}; n=\${p%/*}/.tsrun-new-\${p##*/}; trap 'rm -f -- "$n"' EXIT; rm -f -- "$n"; ( umask 077; : >"$n" ) || exit`,
    sh`if [ -f "$p" ]; then set -- -z "$p"; else set --; fi`,
    sh`h=$(${raw(ask)}; printf '\\n%s' $?); printf %s "$h"; set -- $(printf %s "$h" | tail -n 2)`,
    sh`case ${` ${statusOf(args).join(' ')} `} in *" $2 "*) ;; *) exit 0;; esac; [ "$2" != 304 ] || exit 0`,
    sh`if [ -e "$p" ]; then chmod "$(stat -Lc %a -- "$p")" "$n"; else chmod "$(printf %o $((0666 & ~0$(umask))))" "$n"; fi`,
    sh`mv -f -- "$n" "$p"`,
    sh`{ ${raw(lines(setScript(path, settingsOf(args, mode)), sh`:`))}
} >&2`,
  );
}

function plan(args: Args, { tool, skip, survey }: State): Plan<Action> {
  const missing = noTool(args.url, tool);
  if (skip !== '') return { changes: [], result: { msg: skip, stdout: skip } };
  if (missing) return { changes: [], refuse: missing, result: {} };
  if (!survey) return { changes: [], acts: [{ script: askScript(args, tool) }], result: {} };
  const { path } = survey.entry;
  const refuse = destRefusal(survey, tool) ?? ownerRefusal(args, survey);
  const result: Vars = { path };
  if (refuse) return { changes: [], refuse, result };
  const mode = wantedMode(args, survey.entry.is === 'file' ? survey.entry.mode : 0o666 & ~survey.umask, false, survey.umask);
  const change = {
    summary: `${path}: ${survey.entry.is} -> ${args.url}`,
    diff: { target: path, before: `state: ${survey.entry.is}\n`, after: `the answer of ${args.url}\n` },
    touches: [fileKey(path)],
    foretells: [{ path, is: 'file' as const }],
    action: { script: saveScript(args, path, mode) },
  };
  return { changes: [change], result, repeats: true };
}

function destRefusal({ entry, above }: Survey, tool: Tool) {
  if (tool === 'wget') return { why: '"dest" needs curl, and the host has wget alone', mend: 'install curl, or use get_url' };
  if (entry.is === 'directory') return { why: `${entry.path} is a folder`, mend: 'write the name of the file in dest' };
  if (entry.is === 'absent' && above.path !== parentOf(entry.path))
    return { why: `the folder ${parentOf(entry.path)} is not there`, mend: 'make it first: file with state: directory' };
  return undefined;
}

const wishOf = (args: Args): SurveyWish | undefined =>
  args.dest === undefined ? undefined : { path: args.dest, within: urlName(args.url), follow: false, ...wishesOf(args) };

/** Prints `y` where something is at the path. */
const existsScript = (path: string | undefined): Script =>
  path === undefined ? sh`printf '\\0'` : sh`${raw(pathScript(path))}; [ -e "$p" ] && printf y; printf '\\0'`;

const scalar = { type: 'string' } as const;

export const module: Module<Args, State, Action> = {
  summary: 'Make a request from the host and give its answer; fails where the status is another than expected.',
  collection: 'ansible.builtin',
  args: takes(
    {
      ...httpKinds,
      url_username: text('User for the server.', { aliases: ['user'] }),
      timeout: timeoutKind(30),
      method: text('The method, in any case.', { default: 'GET', pattern: '^[A-Za-z]+$' }),
      body: { description: 'The body: a text, or data that body_format turns into one.' },
      body_format: choice('What the body is, and so its Content-Type.', ['form-urlencoded', 'json', 'raw'], 'raw'),
      src: text('A file that is the body.'),
      remote_src: flag('src is a path of the host.', false),
      dest: text('A file or folder of the host to keep the body in.'),
      creates: text('Nothing is asked where this path is there.'),
      removes: text('Nothing is asked where this path is not there.'),
      status_code: {
        type: ['array', 'integer', 'string'],
        items: { type: 'integer' },
        default: [200],
        description: 'The statuses that are right: a number, several with commas, or a list.',
      },
      return_content: flag('Give the body as `content`.', false),
      follow_redirects: choice(
        'Which redirects are followed: safe is those of GET and HEAD.',
        ['all', 'no', 'none', 'safe', 'urllib2', 'yes'],
        'safe',
      ),
      unix_socket: text('Ask through this socket.'),
      ca_path: text('A file of certificates to trust.'),
      ...fileKinds,
    },
    ['url'],
  ),
  returns: {
    type: 'object',
    additionalProperties: true,
    properties: {
      status: { type: 'integer', description: '-1 where there was no answer.' },
      json: { description: 'The body, where the server calls it JSON.' },
      content: { type: 'string', description: 'The body (return_content).' },
      url: { type: 'string', description: 'The address after redirects.' },
      redirected: { type: 'boolean' },
      elapsed: { type: 'integer', description: 'Seconds.' },
      msg: scalar,
      path: { type: 'string', description: 'Where the body was kept.' },
      content_type: scalar,
      content_length: scalar,
      location: scalar,
    },
  },
  examples: [
    {
      title: 'Wait until a service is well',
      yaml: 'name: Healthy\nuri: { url: "http://localhost:5000/v2/" }\nregister: health\nuntil: health.status == 200\nretries: 10\ndelay: 2',
    },
    {
      title: 'Send JSON, expect that it was made',
      yaml: 'name: Make\nuri:\n  url: https://example.com/api/items\n  method: POST\n  body_format: json\n  body: { name: x }\n  status_code: [200, 201]\n  headers: { Authorization: Bearer abc }',
    },
    { title: 'Only until a marker is there', yaml: 'name: Once\nuri: { url: "http://localhost/", creates: /scratch/etc/hosts }' },
  ],
  differs: [
    'body_format: form-multipart, and the arguments unredirected_headers and use_gssapi are not there.',
    'In a check run nothing is sent, and the result is unknown.',
    'Cookies are not in the result but as the header `set_cookie`.',
  ],
  notes: ['Needs curl on the host; with wget alone, GET and POST work, but not dest, sockets and client certificates.'],
  check(args) {
    const faults: string[] = [];
    if (args.body !== undefined && args.src !== undefined) faults.push('"body" and "src" cannot stand together');
    if (statusOf(args).some(status => !Number.isInteger(status))) faults.push('"status_code" must be numbers');
    return faults;
  },
  local: ({ src, remote_src }) => (src === undefined || remote_src ? [] : [{ arg: 'src', as: 'blob', folder: 'files' }]),
  probe(args) {
    const wish = wishOf(args);
    return {
      ask: {
        sh: lines(toolScript, existsScript(args.creates), existsScript(args.removes), wish ? surveyScript(wish) : sh`:`),
      },
      reads: [
        ...(['package:curl', 'package:wget'] as const),
        ...[args.creates, args.removes].flatMap(path => (path === undefined ? [] : [fileKey(path)])),
        ...(wish ? readsOf(wish) : []),
      ],
      parse(out) {
        const answer = fields(out);
        const tool = answer.next() as Tool;
        const [created, removable] = [answer.next() === 'y', answer.next() === 'y'];
        const gone = args.removes !== undefined && !removable;
        const skip = created
          ? `skipped, since '${args.creates}' exists`
          : gone
            ? `skipped, since '${args.removes}' does not exist`
            : '';
        return { tool, skip, survey: wish ? readSurvey(wish, answer) : null };
      },
    };
  },
  plan,
  opaque: true,
  apply: ({ script }) => [{ run: { sh: script } }],
  result(args, state, outputs) {
    const planned = plan(args, state);
    const [out] = outputs;
    if (!out) return planned.result;
    const response = readResponse(out, args.url);
    const told = responseResult(response, { url: args.url, status: statusOf(args), content: args.return_content });
    const changed = state.survey ? { changed: response.status !== 304 && !('failed' in told) } : {};
    return { ...planned.result, ...told, ...changed };
  },
  foresee(args, seen, foretold) {
    if (!seen) return null;
    const tool = foreseeTool(seen.tool, foretold);
    const wish = wishOf(args);
    const survey = wish && seen.survey ? foreseeSurvey(wish, seen.survey, foretold) : null;
    const made = foretold.some(fact => 'path' in fact && fact.path === args.creates && fact.is !== 'absent');
    if (tool === seen.tool && !survey && !made) return null;
    return { tool, skip: made ? `skipped, since '${args.creates}' exists` : seen.skip, survey: survey ?? seen.survey };
  },
};
