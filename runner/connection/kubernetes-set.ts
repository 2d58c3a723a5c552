// The members of an ApplySet: what carries its label now, in all kinds and namespaces that its parent names. Reads only.
import type { ApiAnswer, ApiRequest } from '../core/types.ts';
import type { KubeObject } from './kubernetes-health.ts';
import { type Cluster, plainRequest } from './kubernetes-requests.ts';

const KINDS = 'applyset.kubernetes.io/contains-group-kinds';
const NAMESPACES = 'applyset.kubernetes.io/additional-namespaces';

const words = (text: unknown): readonly string[] => (typeof text === 'string' ? text.split(',').filter(Boolean) : []);

/** object: the parent; options.id: the set's id. body: {parent, members}. */
export async function membersRequest(cluster: Cluster, { object, options = {} }: ApiRequest): Promise<ApiAnswer> {
  const found = await plainRequest(cluster, { verb: 'get', dryRun: false, object });
  if (found.status === 404) return { status: 200, body: { parent: null, members: [] } };
  if (found.fault) return found;
  const parent = found.body as KubeObject;
  const own = parent.metadata?.namespace ?? '';
  const notes = parent.metadata?.annotations ?? {};
  const namespaces = [...new Set([own, ...words(notes[NAMESPACES])])];
  const lists = await Promise.all(words(notes[KINDS]).map(word => listKind(cluster, word, namespaces, String(options['id']))));
  const bad = lists.find(answer => answer.fault);
  if (bad) return bad;
  return { status: 200, body: { parent, members: lists.flatMap(answer => (answer.body as { items: object[] }).items) } };
}

async function listKind(cluster: Cluster, word: string, namespaces: readonly string[], id: string): Promise<ApiAnswer> {
  const dot = word.indexOf('.');
  const [name, group] = dot < 0 ? [word, ''] : [word.slice(0, dot), word.slice(dot + 1)];
  const version = await cluster.kinds.preferred(group);
  const kind = version === undefined ? undefined : await cluster.kinds.of(version, name);
  // Of a kind that the server has no more there are no members.
  if (version === undefined || !kind) return { status: 200, body: { items: [] } };
  const options = { labelSelector: `applyset.kubernetes.io/part-of=${id}`, metadataOnly: true };
  const places: readonly (string | undefined)[] = kind.namespaced ? namespaces : [undefined];
  const lists = await Promise.all(
    places.map(namespace =>
      plainRequest(cluster, {
        verb: 'list',
        dryRun: false,
        object: { apiVersion: version, kind: name, metadata: namespace === undefined ? {} : { namespace } },
        options,
      }),
    ),
  );
  const bad = lists.find(answer => answer.fault);
  return bad ?? { status: 200, body: { items: lists.flatMap(answer => (answer.body as { items: object[] }).items) } };
}
