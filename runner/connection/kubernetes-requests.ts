// What each verb of an ApiRequest asks of the server, and its answer. It decides nothing about objects.
import type { ApiAnswer, ApiRequest, Vars } from '../core/types.ts';
import type { Api, Call, Reply } from './kubernetes-api.ts';
import { answerFault, type ServerStatus, unknownKind } from './kubernetes-faults.ts';
import type { KubeObject } from './kubernetes-health.ts';
import type { Kind, Kinds } from './kubernetes-kinds.ts';

export interface Cluster {
  readonly api: Api;
  readonly kinds: Kinds;
  readonly signal: AbortSignal;
}
/** An object's place on the server. */
export interface Place {
  readonly kind: Kind;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly label: string;
}

const FIELD_MANAGER = 'tsrun';
const types = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  json: 'application/json-patch+json',
};

export async function placeOf({ api, kinds }: Cluster, object: KubeObject): Promise<Place | undefined> {
  const { apiVersion = '', kind: word = '', metadata = {} } = object;
  const kind = await kinds.of(apiVersion, word);
  if (!kind) return undefined;
  const namespace = kind.namespaced ? (metadata.namespace ?? api.namespace) : undefined;
  return { kind, namespace, name: metadata.name, label: `${word} ${namespace ? `${namespace}/` : ''}${metadata.name ?? ''}` };
}

export function readAnswer(reply: Reply, label: string): ApiAnswer {
  const { status, text } = reply;
  const body = bodyOf(text);
  if (status < 400) return { status, body };
  const said = (typeof body === 'object' && body !== null ? body : {}) as ServerStatus;
  return { status, body, fault: answerFault(status, said, text, label) };
}

function bodyOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export const noKind = ({ apiVersion = '', kind = '' }: KubeObject): ApiAnswer => ({
  status: 404,
  body: { reason: 'NoKind' },
  fault: unknownKind(apiVersion, kind),
});

/** get, list, apply, patch, delete, scale and restart: one request each. */
export async function plainRequest(cluster: Cluster, request: ApiRequest): Promise<ApiAnswer> {
  const object = request.object as KubeObject;
  const place = await placeOf(cluster, object);
  if (!place) return noKind(object);
  if (request.verb === 'list') return listAll(cluster, place, object, request.options ?? {});
  const reply = await cluster.api.call(callOf(cluster, place, request));
  const answer = readAnswer(reply, place.label);
  if (request.verb !== 'delete') return answer;
  // What is gone already is as wanted.
  if (answer.status === 404) return { status: 200, body: answer.body };
  return answer.fault || request.dryRun || !request.options?.['within'] ? answer : untilGone(cluster, place, request.options);
}

function callOf({ kinds }: Cluster, place: Place, request: ApiRequest): Call {
  const { verb, options = {}, dryRun } = request;
  const subresource = verb === 'scale' ? 'scale' : undefined;
  const path = kinds.path(place.kind, place.namespace, place.name, subresource);
  const dry = dryRun ? { dryRun: 'All' } : {};
  if (verb === 'get') return { method: 'GET', path };
  if (verb !== 'delete') return { method: 'PATCH', path, ...patchOf(request, { fieldManager: FIELD_MANAGER, ...dry }) };
  const { propagationPolicy = 'Foreground', gracePeriodSeconds, uid } = options;
  const body = { propagationPolicy, gracePeriodSeconds, ...(uid ? { preconditions: { uid } } : {}) };
  return { method: 'DELETE', path, query: dry, body };
}

/** The writes are all patches; a server-side apply is one of them. */
function patchOf(
  { verb, object, options = {} }: ApiRequest,
  query: NonNullable<Call['query']>,
): Pick<Call, 'query' | 'body' | 'type'> {
  if (verb === 'apply') {
    const { force, manager = FIELD_MANAGER, validation = 'Strict' } = options as Readonly<Record<string, string | undefined>>;
    const more = { ...(force ? { force: true } : {}), fieldManager: manager, fieldValidation: validation };
    return { query: { ...query, ...more }, body: object, type: 'application/apply-patch+yaml' };
  }
  if (verb === 'scale') return { query, body: { spec: { replicas: options['replicas'] } }, type: types.merge };
  if (verb === 'restart') {
    const annotations = { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() };
    return { query, body: { spec: { template: { metadata: { annotations } } } }, type: types.strategic };
  }
  return { query, body: options['patch'] ?? object, type: types[(options['type'] ?? 'merge') as 'merge'] };
}

async function untilGone(cluster: Cluster, place: Place, options: Vars): Promise<ApiAnswer> {
  const end = Date.now() + Number(options['within']) * 1000;
  for (;;) {
    const reply = await cluster.api.call({ method: 'GET', path: cluster.kinds.path(place.kind, place.namespace, place.name) });
    if (reply.status === 404) return { status: 200, body: {} };
    if (Date.now() >= end || cluster.signal.aborted) return stillThere(place, reply, Number(options['within']));
    await cluster.api.sleep(300);
  }
}

function stillThere({ label }: Place, reply: Reply, seconds: number): ApiAnswer {
  const { metadata } = (bodyOf(reply.text) ?? {}) as { metadata?: { finalizers?: readonly string[] } };
  const held = metadata?.finalizers?.length ? `; finalizers hold it: ${metadata.finalizers.join(', ')}` : '';
  const why = `${label}: it is still being deleted after ${seconds} s${held}`;
  return {
    status: 408,
    body: {},
    fault: { code: 'E831', why, mend: 'see what its finalizers wait for, or raise "wait_timeout"' },
  };
}

/** In pages, so that no answer is larger than a server likes to give. */
async function listAll({ api, kinds }: Cluster, place: Place, object: KubeObject, options: Vars): Promise<ApiAnswer> {
  const items: unknown[] = [];
  const namespace =
    options['all'] === true ? undefined : (object.metadata?.namespace ?? (options['own'] === true ? place.namespace : undefined));
  const { labelSelector, fieldSelector, metadataOnly } = options as Record<string, string | undefined>;
  let next: string | undefined;
  do {
    const reply = await api.call({
      method: 'GET',
      path: kinds.path(place.kind, namespace),
      query: { labelSelector, fieldSelector, limit: 500, continue: next },
      ...(metadataOnly ? { accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1' } : {}),
    });
    const answer = readAnswer(reply, place.label.trim());
    if (answer.fault) return answer;
    const { items: page = [], metadata } = answer.body as { items?: readonly object[]; metadata?: { continue?: string } };
    items.push(...page.map(item => ({ ...item, apiVersion: object.apiVersion, kind: object.kind })));
    next = metadata?.continue || undefined;
  } while (next);
  return { status: 200, body: { items } };
}
