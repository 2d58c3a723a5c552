// Connection to a Kubernetes API server: answers `api` questions, those of one phase side by side. Loaded only when a play needs it.
import { TimedOut, Unreachable } from '../core/lost.ts';
import type { ApiAnswer, ApiRequest, AskOptions, Connection, Output, Question, Session, Target } from '../core/types.ts';
import { openApi } from './kubernetes-api.ts';
import { loadConfig } from './kubernetes-config.ts';
import { createGets } from './kubernetes-gets.ts';
import { createKinds } from './kubernetes-kinds.ts';
import { evictRequest, execRequest, logRequest } from './kubernetes-pods.ts';
import { type Cluster, plainRequest } from './kubernetes-requests.ts';
import { membersRequest } from './kubernetes-set.ts';
import { healthRequest, waitRequest } from './kubernetes-wait.ts';

type Work = (cluster: Cluster, request: ApiRequest) => Promise<ApiAnswer>;
const verbs: Readonly<Partial<Record<ApiRequest['verb'], Work>>> = {
  exec: execRequest,
  log: logRequest,
  evict: evictRequest,
  health: healthRequest,
  wait: waitRequest,
  members: membersRequest,
};
/** Reads go on after a refusal: each answer is wanted. */
const isRead = ({ verb, dryRun }: ApiRequest): boolean => dryRun || ['get', 'list', 'health', 'log', 'members'].includes(verb);

async function answerAll(cluster: Cluster, requests: readonly ApiRequest[]): Promise<readonly ApiAnswer[]> {
  const gets = createGets(cluster, requests);
  const answer = async (request: ApiRequest): Promise<ApiAnswer> =>
    (await gets(request)) ?? (verbs[request.verb] ?? plainRequest)(cluster, request);
  if (requests.every(isRead)) return Promise.all(requests.map(answer));
  const answers: ApiAnswer[] = [];
  for (const request of requests) {
    const given = await answer(request);
    answers.push(given);
    if (given.fault) break;
  }
  return answers;
}

function outputOf(answers: readonly ApiAnswer[]): Output {
  const text = JSON.stringify(answers);
  const fault = answers.find(answer => answer.fault)?.fault;
  return {
    code: fault ? 1 : 0,
    stdout: Buffer.from(text),
    stderr: Buffer.from(fault?.why ?? ''),
    text: () => text,
    ...(fault ? { fault } : {}),
  };
}

const skipped: Output = { code: -1, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0), text: () => '' };

type ApiQuestion = Extract<Question, { api: unknown }>;

/** Neighbours of one phase and group; a probe (group 0) rides with whatever is beside it. */
function runsOf(questions: readonly ApiQuestion[], groups: readonly number[]): readonly (readonly number[])[] {
  const runs: number[][] = [];
  questions.forEach((question, i) => {
    const last = runs.at(-1)?.at(-1);
    const before = last === undefined ? undefined : questions[last];
    const joins =
      last !== undefined &&
      groups[last] === groups[i] &&
      (groups[i] === 0 || (question.phase !== undefined && before?.phase === question.phase));
    if (joins) runs.at(-1)?.push(i);
    else runs.push([i]);
  });
  return runs;
}

async function askAll(cluster: Cluster, questions: readonly Question[], options: AskOptions): Promise<readonly Output[]> {
  const asked = questions.map(question => {
    if ('api' in question) return question;
    throw new Error('a connection to a cluster takes no shell');
  });
  const outputs: Output[] = asked.map(() => skipped);
  const groups = asked.map((_, i) => options.groups?.[i] ?? 0);
  const broken = new Set<number>();
  for (const run of runsOf(asked, groups)) {
    const group = groups[run[0] as number] as number;
    if (group > 0 && broken.has(group)) continue;
    await Promise.all(
      run.map(async i => {
        const output = outputOf(await answerAll(cluster, (asked[i] as ApiQuestion).api));
        outputs[i] = output;
        if (!(options.accept?.[i] ?? [0]).includes(output.code)) broken.add(group);
      }),
    );
  }
  return outputs;
}

function within<T>(work: Promise<T>, seconds: number): Promise<T> {
  if (seconds <= 0) return work;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TimedOut(seconds)), seconds * 1000);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

const noFiles = (): never => {
  throw new Unreachable({
    code: 'E822',
    what: 'a cluster takes no files',
    why: 'files go to hosts',
    mend: 'use k8s_exec, or a host as the target',
  });
};

export const connection: Connection = {
  async open(target: Target, signal: AbortSignal): Promise<Session> {
    const api = await openApi(await loadConfig(target.options), target.options, Math.max(30, target.connectTimeout), signal);
    const cluster: Cluster = { api, kinds: createKinds(api), signal };
    return {
      ask: (questions, options) => within(askAll(cluster, questions, options), options.timeout),
      put: async () => noFiles(),
      get: async () => noFiles(),
      traffic: api.traffic,
      close: async () => api.close(),
    };
  },
};
