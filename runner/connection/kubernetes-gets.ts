// Many objects of one kind and namespace are read by one list instead of a request each. Where a list is refused or long, nothing is won.
import type { ApiAnswer, ApiRequest } from '../core/types.ts';
import { answerFault } from './kubernetes-faults.ts';
import type { KubeObject } from './kubernetes-health.ts';
import { type Cluster, placeOf } from './kubernetes-requests.ts';

const WORTHWHILE = 20;
const PAGE = 500;

/** The answer to a `get`; undefined where it must be asked by itself. */
export type Gets = (request: ApiRequest) => Promise<ApiAnswer | undefined>;

const keyOf = ({ apiVersion, kind, metadata }: KubeObject): string => [apiVersion, kind, metadata?.namespace].join('\n');

export function createGets(cluster: Cluster, requests: readonly ApiRequest[]): Gets {
  const groups = new Map<string, KubeObject[]>();
  for (const { verb, object } of requests) {
    const one = object as KubeObject;
    if (verb === 'get') groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one]);
  }
  const lists = new Map<string, Promise<ReadonlyMap<string, KubeObject> | undefined>>();
  for (const [key, [first, ...more]] of groups)
    if (first && more.length + 1 >= WORTHWHILE) lists.set(key, listed(cluster, first));
  return async ({ verb, object }) => {
    const one = object as KubeObject;
    const list = verb === 'get' ? await lists.get(keyOf(one)) : undefined;
    const name = one.metadata?.name;
    if (!list || name === undefined) return undefined;
    const found = list.get(name);
    if (found) return { status: 200, body: found };
    const message = `${one.kind} "${name}" not found`;
    return { status: 404, body: { message }, fault: answerFault(404, { message }, message, message) };
  };
}

async function listed(cluster: Cluster, like: KubeObject): Promise<ReadonlyMap<string, KubeObject> | undefined> {
  const place = await placeOf(cluster, like);
  if (!place) return undefined;
  const path = cluster.kinds.path(place.kind, place.namespace);
  const reply = await cluster.api.call({ method: 'GET', path, query: { limit: PAGE } });
  if (reply.status !== 200) return undefined;
  const { items = [], metadata } = JSON.parse(reply.text) as { items?: readonly KubeObject[]; metadata?: { continue?: string } };
  if (metadata?.continue) return undefined;
  const { apiVersion, kind } = like;
  return new Map(items.map(item => [item.metadata?.name ?? '', { ...item, apiVersion, kind } as KubeObject]));
}
