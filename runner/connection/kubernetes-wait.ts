// Waiting for an object to be as wanted, and why it is not when the time is over: its events, its pods and their last words.
import type { ApiAnswer, ApiRequest, Vars } from '../core/types.ts';
import { conditionsOf, type Health, healthOf, type KubeObject } from './kubernetes-health.ts';
import { type Cluster, noKind, type Place, placeOf, readAnswer } from './kubernetes-requests.ts';

const missing: Health = { state: 'missing', reason: 'it is not there' };

/** The object and its health now. */
export async function healthRequest(cluster: Cluster, { object }: ApiRequest): Promise<ApiAnswer> {
  const place = await placeOf(cluster, object as KubeObject);
  if (!place) return noKind(object as KubeObject);
  const { found, health } = await look(cluster, place);
  return { status: 200, body: { object: found, health } };
}

interface Seen {
  readonly found: KubeObject | null;
  readonly health: Health;
  readonly denied?: ApiAnswer;
}

async function look(cluster: Cluster, place: Place): Promise<Seen> {
  const reply = await cluster.api.call({ method: 'GET', path: cluster.kinds.path(place.kind, place.namespace, place.name) });
  if (reply.status === 404) return { found: null, health: missing };
  const answer = readAnswer(reply, place.label);
  if (answer.fault) return { found: null, health: { state: 'progressing', reason: answer.fault.why }, denied: answer };
  const found = answer.body as KubeObject;
  return { found, health: healthOf(found, found.kind === 'Service' ? await slicesOf(cluster, place) : []) };
}

async function slicesOf({ api }: Cluster, { namespace, name }: Place): Promise<readonly object[]> {
  const path = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`;
  const reply = await api.call({ method: 'GET', path, query: { labelSelector: `kubernetes.io/service-name=${name}` } });
  return reply.status === 200 ? ((JSON.parse(reply.text) as { items?: readonly object[] }).items ?? []) : [];
}

interface Wish {
  readonly within: number;
  readonly every: number;
  readonly absent?: boolean;
  readonly condition?: { readonly type: string; readonly status: string; readonly reason?: string };
}

const wishOf = (options: Vars): Wish => ({ within: 120, every: 1, ...options });

/** What is still wrong; empty where it is as wanted. */
function lack({ found, health }: Seen, { absent, condition }: Wish): string {
  if (absent) return found ? 'it is still there' : '';
  if (!condition || !found) return health.state === 'healthy' ? '' : health.reason;
  const seen = conditionsOf(found).find(one => one.type === condition.type);
  const fits = seen?.status === condition.status && (condition.reason === undefined || seen.reason === condition.reason);
  return fits ? '' : `condition ${condition.type} is ${seen?.status ?? 'not there'}, not ${condition.status}`;
}

/** Asks again and again; soon after the start, then every `every` seconds. */
export async function waitRequest(cluster: Cluster, { object, options = {} }: ApiRequest): Promise<ApiAnswer> {
  const wish = wishOf(options);
  const end = Date.now() + wish.within * 1000;
  for (let tries = 0; ; tries++) {
    const place = await placeOf(cluster, object as KubeObject);
    const seen = place ? await look(cluster, place) : { found: null, health: missing };
    const wrong = lack(seen, wish);
    if (wrong === '') return { status: 200, body: { object: seen.found, health: seen.health } };
    if (seen.denied) return seen.denied;
    const isHopeless = seen.health.state === 'degraded' && !wish.absent && !wish.condition;
    if (isHopeless || Date.now() >= end || cluster.signal.aborted) {
      if (!place) return noKind(object as KubeObject);
      return timedOut(cluster, place, seen, wrong, isHopeless ? 0 : wish.within);
    }
    await cluster.api.sleep(Math.min(wish.every * 1000, 200 * 2 ** tries));
  }
}

async function timedOut(cluster: Cluster, place: Place, seen: Seen, wrong: string, seconds: number): Promise<ApiAnswer> {
  const head = seconds > 0 ? `${place.label}: not well after ${seconds} s: ${wrong}` : `${place.label}: ${wrong}`;
  const more = await circumstances(cluster, place, seen.found).catch(() => ({ lines: [], mend: undefined }));
  return {
    status: 408,
    body: { object: seen.found, health: seen.health },
    fault: {
      code: 'E830',
      why: [head, ...more.lines].join('\n'),
      mend: more.mend ?? `kubectl describe shows more; raise "wait_timeout" if it only needs time`,
    },
  };
}

interface Told {
  readonly lines: readonly string[];
  readonly mend: string | undefined;
}
interface ContainerStatus {
  readonly name: string;
  readonly ready?: boolean;
  readonly restartCount?: number;
  readonly image?: string;
  readonly state?: { readonly waiting?: { readonly reason?: string; readonly message?: string } };
  readonly lastState?: { readonly terminated?: { readonly reason?: string; readonly exitCode?: number } };
}

async function circumstances(cluster: Cluster, place: Place, found: KubeObject | null): Promise<Told> {
  const pods = (await podsOf(cluster, place, found)).filter(pod => healthOf(pod).state !== 'healthy').slice(0, 3);
  const told = await Promise.all(pods.map(pod => podLines(cluster, pod)));
  const events = await eventsOf(cluster, place, [place.name ?? '', ...pods.map(pod => pod.metadata?.name ?? '')]);
  const all = told.flatMap(one => one.lines);
  return { lines: [...all, ...events], mend: mendOf([...all, ...events].join('\n')) };
}

const mends: readonly (readonly [RegExp, string])[] = [
  [
    /ErrImagePull|ImagePullBackOff|InvalidImageName|ErrImageNeverPull/,
    'see that the image is in the registry under this name and digest, and that the nodes trust the registry',
  ],
  [/CrashLoopBackOff|OOMKilled/, 'the container starts and ends again: its log says why (k8s_log with "previous: true")'],
  [/Insufficient (cpu|memory)|FailedScheduling/, 'no node has room: ask for less, take fewer replicas, or add a node'],
  [/exceeded quota/, 'ask for less, or raise the ResourceQuota that the server names'],
  [/FailedGetResourceMetric|metrics/, 'see that the metrics API answers: kubectl get apiservice v1beta1.metrics.k8s.io'],
];
const mendOf = (text: string): string | undefined => mends.find(([test]) => test.test(text))?.[1];

async function podsOf({ api }: Cluster, { namespace, kind }: Place, found: KubeObject | null): Promise<readonly KubeObject[]> {
  if (!found) return [];
  if (kind.kind === 'Pod') return [found];
  const selector = found.spec?.['selector'] as { matchLabels?: Record<string, string> } | Record<string, string> | undefined;
  const labels = (kind.kind === 'Service' ? selector : selector?.['matchLabels']) as Record<string, string> | undefined;
  if (!labels || Object.keys(labels).length === 0) return [];
  const labelSelector = Object.entries(labels)
    .map(pair => pair.join('='))
    .join(',');
  const reply = await api.call({
    method: 'GET',
    path: `/api/v1/namespaces/${namespace}/pods`,
    query: { labelSelector, limit: 100 },
  });
  const items = reply.status === 200 ? ((JSON.parse(reply.text) as { items?: readonly KubeObject[] }).items ?? []) : [];
  return items.map(item => ({ ...item, apiVersion: 'v1', kind: 'Pod' }));
}

async function podLines(cluster: Cluster, pod: KubeObject): Promise<Told> {
  const { name = '', namespace = '' } = pod.metadata ?? {};
  const statuses = (pod.status?.['containerStatuses'] ?? []) as readonly ContainerStatus[];
  const bad = statuses.filter(one => one.ready !== true);
  const lines = bad.map(one => {
    const { reason, message } = one.state?.waiting ?? {};
    const ended = one.lastState?.terminated;
    const why = [reason, message, ended ? `it ended with ${ended.exitCode} ${ended.reason ?? ''}`.trim() : '']
      .filter(Boolean)
      .join(': ');
    return `pod ${name}, container ${one.name} (${one.image ?? ''}): ${why || 'not ready'}`;
  });
  const log = bad[0] ? await lastWords(cluster, namespace, name, bad[0]) : [];
  return { lines: [...(lines.length > 0 ? lines : [`pod ${name}: ${healthOf(pod).reason}`]), ...log], mend: undefined };
}

async function lastWords({ api }: Cluster, namespace: string, name: string, of: ContainerStatus): Promise<readonly string[]> {
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/log`;
  const previous = (of.restartCount ?? 0) > 0 && of.state?.waiting !== undefined;
  const reply = await api.call({
    method: 'GET',
    path,
    query: { container: of.name, tailLines: 10, ...(previous ? { previous } : {}) },
  });
  if (reply.status !== 200 || reply.text.trim() === '') return [];
  return [
    `  its last words:`,
    ...reply.text
      .trimEnd()
      .split('\n')
      .map(line => `    ${line}`),
  ];
}

interface Event {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly involvedObject?: { readonly kind?: string; readonly name?: string };
}

async function eventsOf({ api }: Cluster, { namespace }: Place, names: readonly string[]): Promise<readonly string[]> {
  const path = namespace ? `/api/v1/namespaces/${namespace}/events` : '/api/v1/events';
  const reply = await api.call({ method: 'GET', path, query: { limit: 500 } });
  if (reply.status !== 200) return [];
  const at = ({ lastTimestamp, eventTime }: Event): string => lastTimestamp ?? eventTime ?? '';
  // A ReplicaSet's name begins with its Deployment's: what a quota refuses is said there.
  const mine = ({ involvedObject, type }: Event): boolean =>
    type !== 'Normal' &&
    names.some(name => name !== '' && (involvedObject?.name === name || involvedObject?.name?.startsWith(`${name}-`)));
  const events = ((JSON.parse(reply.text) as { items?: readonly Event[] }).items ?? []).filter(mine);
  const newest = [...events].sort((a, b) => (at(a) < at(b) ? -1 : 1)).slice(-5);
  return newest.map(
    ({ involvedObject, reason, message }) => `event of ${involvedObject?.kind} ${involvedObject?.name}: ${reason}: ${message}`,
  );
}
