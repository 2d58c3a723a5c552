// A file that the host fetches from an address. What is there is compared before; nothing passes through the runner.
import { lines, raw, sh } from '../core/shell.ts';
import type { Change, Fact, Module, Plan, Probe, Script, Vars } from '../core/types.ts';
import { fileKinds, ownerRefusal, wantedMode, wishesOf } from './parts/attributes.ts';
import { attributeChanges, type ContentArgs, contentResult, settingsOf } from './parts/content.ts';
import { type Deeds, stepsOf } from './parts/deeds.ts';
import { entryResult, reported } from './parts/report.ts';
import type { Entry } from './parts/entry.ts';
import { fields } from './parts/fields.ts';
import { foreseeSurvey } from './parts/foresee.ts';
import {
  curlScript,
  downloadScript,
  filePath,
  foreseeTool,
  type HttpArgs,
  httpKinds,
  needsNoTool,
  noTool,
  timeoutKind,
  type Tool,
  toolScript,
  urlName,
  wgetScript,
} from './parts/http.ts';
import { flag, takes, text } from './parts/kinds.ts';
import { fileKey, parentOf } from './parts/paths.ts';
import { contentReturns } from './parts/returns.ts';
import { readSurvey, readsOf, type Survey, type SurveyWish, surveyScript } from './parts/survey.ts';

interface Args extends HttpArgs, ContentArgs {
  readonly dest: string;
  readonly force: boolean;
  readonly backup: boolean;
  readonly checksum: string;
}
interface State {
  readonly survey: Survey;
  readonly tool: Tool;
  /** The file of checksums, where one is named. */
  readonly sums: string;
  /** Hex digest of what is at dest, by the algorithm of `checksum`. */
  readonly digest: string;
  /** What the server has now: 'same', 'other', or why it could not be asked; '' where it was not. */
  readonly server: string;
  /** Its last status, where it was asked by HTTP. */
  readonly status?: number;
}

const HEX: Readonly<Record<string, number>> = { md5: 32, sha1: 40, sha224: 56, sha256: 64, sha384: 96, sha512: 128 };
const algorithmOf = ({ checksum }: Args): string => checksum.slice(0, Math.max(checksum.indexOf(':'), 0)).toLowerCase();
const sumOf = ({ checksum }: Args): string => checksum.slice(checksum.indexOf(':') + 1);
const isAddress = (text: string): boolean => /^(https?|ftp|file):/.test(text);

const wishOf = (args: Args): SurveyWish => ({ path: args.dest, within: urlName(args.url), follow: false, ...wishesOf(args) });

/** The checksum of the file by its name in a list, or the only word of the text. */
function sumInList(list: string, name: string): string | undefined {
  const rows = list.split('\n').filter(row => row.trim() !== '');
  if (rows.length === 1 && !/\s/.test(rows[0]?.trim() ?? ' ')) return rows[0]?.trim();
  return rows.map(row => /^(\S+) [ *]?(?:\.?\/)*(.+)$/.exec(row.trimEnd())).find(row => row?.[2] === name)?.[1];
}

const wantedSum = (args: Args, { sums }: State): string | undefined => {
  if (args.checksum === '') return '';
  const sum = isAddress(sumOf(args)) ? sumInList(sums, urlName(args.url)) : sumOf(args);
  return sum?.replace(/\W/g, '').toLowerCase();
};

/** Asks the server only where the file is there already and no checksum settles it: is it the same as here?
 *  The body is hashed as it comes, no copy of it is made. Prints headers and errors, `rc`, `sum` and `mine`. */
function serverScript(args: Args): Script {
  const mine = sh`printf 'mine %s\n' "$(sha256sum <"$p")"`;
  const file = filePath(args.url);
  if (needsNoTool(args.url))
    return sh`${raw(mine)}; cat -- ${file} 2>&1 >/dev/null; printf 'sum %s\nrc %s\n' "$(sha256sum <${file})" $?`;
  const since = args.force ? sh`` : sh`-z "$p"`;
  // A pipe, because /dev/fd/3 cannot be opened where it is a socket.
  return sh`${raw(mine)}; { { { if [ "$tool" = wget ]; then ${raw(wgetScript(args, sh`-O - 2>&3`))}
else ${raw(curlScript(args, sh`-f -D /dev/fd/3 -o - ${raw(since)} 2>&3`))}
fi; echo "rc $?" >&3; } | { h=$(sha256sum); echo "sum $h" >&3; }; } 3>&1; } | cat`;
}

const lastStatus = (text: string): number | undefined => {
  const found = [...text.matchAll(/^HTTP\/\S+ (\d+)/gm)].at(-1)?.[1];
  return found === undefined ? undefined : Number(found);
};

/** 'same', 'other', the error, or nothing where the server was not asked. */
function serverWord(text: string): string {
  const word = (name: string): string | undefined => new RegExp(`^${name} (\\w+)`, 'm').exec(text)?.[1];
  if (text.trim() === '') return '';
  if (word('rc') !== '0') {
    const prose = text.split('\n').filter(line => /^(curl|wget|cat|sh)\b.*:/.test(line));
    return prose.join(' ') || `the request failed with exit code ${word('rc')}`;
  }
  return lastStatus(text) === 304 || word('sum') === word('mine') ? 'same' : 'other';
}

const probeOf = (args: Args): Probe<State> => {
  const algorithm = algorithmOf(args);
  const list = isAddress(sumOf(args)) && algorithm !== '';
  const ask = lines(
    surveyScript(wishOf(args)),
    sh`tool=$(${raw(toolScript)}); printf '%s\\0' "$tool"; t=/dev/stdout`,
    list
      ? sh`{ ${raw(listScript(args))}
} 2>/dev/null | cat; printf '\\0'`
      : sh`printf '\\0'`,
    algorithm === '' ? sh`printf '\\0'` : sh`if [ -f "$p" ] && [ -r "$p" ]; then ${`${algorithm}sum`} <"$p"; fi; printf '\\0'`,
    args.checksum !== '' && !args.force
      ? sh``
      : sh`if [ -f "$p" ] && [ -r "$p" ]; then ${raw(serverScript(args))}
fi`,
    sh`printf '\\0'`,
  );
  return {
    ask: { sh: ask },
    reads: [
      ...readsOf(wishOf(args)),
      ...(needsNoTool(args.url)
        ? [fileKey(filePath(args.url))]
        : ['unit:' as const, 'package:curl' as const, 'package:wget' as const]),
    ],
    parse(out) {
      const answer = fields(out);
      const survey = readSurvey(wishOf(args), answer);
      const tool = answer.next() as Tool;
      const [sums, digest, told] = [answer.next(), answer.next().split(' ')[0] ?? '', answer.next()];
      const status = lastStatus(told);
      return { survey, tool, sums, digest, server: serverWord(told), ...(status === undefined ? {} : { status }) };
    },
  };
};

const listScript = (args: Args): Script => {
  const request = { ...args, url: sumOf(args) };
  return sh`if [ "$tool" = wget ]; then ${raw(downloadScript(request, 'wget'))}; else ${raw(downloadScript(request, 'curl'))}; fi`;
};

function planGet(args: Args, state: State): Plan<Deeds> {
  const { survey, digest, server } = state;
  const { entry } = survey;
  const result: Vars = { url: args.url, dest: entry.path, ...entryResult(entry) };
  const sum = wantedSum(args, state);
  const refuse = refusal(args, state, sum) ?? ownerRefusal(args, survey);
  if (refuse) return { changes: [], refuse, result };
  const isThere = entry.is === 'file' || (entry.is === 'link' && survey.readable);
  const settled = args.checksum !== '' && !args.force ? digest === sum : server === 'same';
  if (isThere && settled)
    return {
      changes: attributeChanges(args, entry, survey),
      result: { ...result, ...(state.status === undefined ? {} : { status_code: state.status }), msg: 'file already exists' },
    };
  if (isThere && server !== 'other' && !(args.checksum !== '' && !args.force))
    return { changes: [], refuse: { why: `${args.url}: ${server}`, mend: 'see that the host reaches the server' }, result };
  return {
    changes: [downloadChange(args, state, sum ?? '')],
    result: { ...result, ...futureResult(args, survey, entry), status_code: 200 },
  };
}

/** The size is known when it has come. */
function futureResult(args: Args, survey: Survey, at: Entry): Vars {
  const { size: _, ...rest } = contentResult({ args, survey, at, wanted: { content: '', sha256: '', size: 0 } });
  return rest;
}

function refusal(args: Args, { survey, tool }: State, sum: string | undefined) {
  const { entry, above } = survey;
  if (entry.is === 'directory') return { why: `${entry.path} is a folder`, mend: 'write the name of the file in dest' };
  if (entry.is === 'absent' && above.path !== parentOf(entry.path))
    return { why: `the folder ${parentOf(entry.path)} is not there`, mend: 'make it first: file with state: directory' };
  if (sum === undefined)
    return { why: `${sumOf(args)} names no checksum for ${urlName(args.url)}`, mend: 'look at that file with curl' };
  if (sum !== '' && sum.length !== HEX[algorithmOf(args)])
    return { why: `"${sum}" is no ${algorithmOf(args)} sum`, mend: 'mend "checksum"' };
  return noTool(args.url, tool);
}

function downloadChange(args: Args, { survey, tool, digest }: State, sum: string): Change<Deeds> {
  const { entry } = survey;
  const first = entry.is === 'file' ? entry.mode : 0o666 & ~survey.umask;
  const mode = wantedMode(args, first, false, survey.umask);
  const { owner, group } = settingsOf(args, undefined);
  const algorithm = algorithmOf(args);
  const fact: Fact = {
    path: entry.path,
    is: 'file',
    mode: mode ?? first,
    ...(owner === undefined ? {} : { owner }),
    ...(group === undefined ? {} : { group }),
    ...(algorithm === 'sha256' ? { sha256: sum } : {}),
  };
  const after = sum === '' ? `as ${args.url}\n` : `${algorithm} ${sum}\n`;
  const before = entry.is === 'absent' ? '' : digest === '' ? `other than ${args.url}\n` : `${algorithm} ${digest}\n`;
  return {
    summary: `${entry.path}: ${entry.is} -> ${args.url}`,
    diff: { target: entry.path, before, after },
    touches: [fileKey(entry.path), fileKey(args.dest)],
    foretells: [fact],
    action: [
      {
        download: entry.path,
        script: downloadScript(args, tool),
        check: sum === '' ? '' : `${algorithm}sum`,
        sum,
        to: {
          ...(mode === undefined ? {} : { mode }),
          ...(owner === undefined ? {} : { owner }),
          ...(group === undefined ? {} : { group }),
        },
        ...(args.backup && entry.is !== 'absent' ? { backup: true } : {}),
      },
      { report: entry.path },
    ],
  };
}

export const module: Module<Args, State, Deeds> = {
  summary: 'Fetch a file from an address; the host does it itself, by curl or wget.',
  collection: 'ansible.builtin',
  args: takes(
    {
      ...httpKinds,
      url_username: text('User for the server.', { aliases: ['username'] }),
      timeout: timeoutKind(10),
      dest: text('Where the file shall be; in a folder it has the name that the address ends in.', { minLength: 1 }),
      force: flag('Fetch and compare although the file is there; false: ask only for what is newer.', false),
      checksum: text('"sha256:DIGEST" that the file must have, or "sha256:ADDRESS" of a list of them.', {
        default: '',
        pattern: '^$|^(md5|sha1|sha224|sha256|sha384|sha512):.',
      }),
      backup: flag('Keep the old file beside the new one.', false),
      ...fileKinds,
    },
    ['url', 'dest'],
  ),
  returns: contentReturns({ url: { type: 'string' }, status_code: { type: 'integer' }, elapsed: { type: 'integer' } }),
  examples: [
    {
      title: 'A release, by its checksum',
      yaml: 'name: Release\nget_url:\n  url: https://example.com/app-1.2.tgz\n  dest: /opt/app-1.2.tgz\n  checksum: sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n  mode: "0644"',
    },
    {
      title: 'From a mounted share',
      yaml: 'name: Hosts\nget_url: { url: "file:///scratch/etc/hosts", dest: /scratch/hosts.copy, mode: "0600" }',
    },
  ],
  differs: [
    'The name in a folder is that of the address as written, not of where it is redirected to or of a Content-Disposition header.',
    '`checksum_src`, `checksum_dest` and `md5sum` are not in the result.',
    'The arguments tmp_dest, unredirected_headers and use_gssapi are not there; user and password are always sent at once.',
  ],
  notes: [
    'Needs curl or wget on the host. With wget, headers can be seen in the process list of the host while it runs.',
    'Without a checksum, a file that is there is compared with what the server has: 304, or the same bytes, is no change.',
  ],
  probe: probeOf,
  plan: planGet,
  apply: stepsOf,
  failsByCode: true,
  result: (args, state, outputs) => reported(planGet(args, state).result, outputs),
  foresee(args, seen, foretold) {
    if (!seen) return null;
    const survey = foreseeSurvey(wishOf(args), seen.survey, foretold);
    const tool = foreseeTool(seen.tool, foretold);
    if (!survey && tool === seen.tool) return null;
    // A file that an earlier task changes is compared with the server when it is there.
    const now = survey ?? seen.survey;
    if (now.entry.is !== 'absent') return null;
    return { ...seen, survey: now, tool };
  },
};
