// The ApplySet of a task: labels that tell its members, so that what it no longer has can be found (KEP-3659; kubectl reads them). Pure.
import { createHash } from 'node:crypto';
import { groupKind, holdsData, type KubeObject } from './k8s-objects.ts';

const PART_OF = 'applyset.kubernetes.io/part-of';
const ID = 'applyset.kubernetes.io/id';
const KINDS = 'applyset.kubernetes.io/contains-group-kinds';
const NAMESPACES = 'applyset.kubernetes.io/additional-namespaces';
const TOOLING = 'applyset.kubernetes.io/tooling';

/** As the KEP makes it: base64(sha256(name.namespace.kind.group)), URL-safe, without padding. */
export function setId(name: string, namespace: string): string {
  const hash = createHash('sha256').update(`${name}.${namespace}.ConfigMap.`).digest('base64url');
  return `applyset-${hash}-v1`;
}

/** Namespaces and what holds data are never pruned, so they are no members. */
export const isMember = (object: KubeObject): boolean => !holdsData(object);

export const labelled = (object: KubeObject, id: string): KubeObject =>
  isMember(object)
    ? { ...object, metadata: { ...object.metadata, labels: { ...object.metadata.labels, [PART_OF]: id } } }
    : object;

/** The ConfigMap that names the set, its kinds and its namespaces. */
export function parentOf(name: string, namespace: string, members: readonly KubeObject[]): KubeObject {
  const kinds = [...new Set(members.filter(isMember).map(groupKind))].sort();
  const others = [...new Set(members.filter(isMember).flatMap(one => one.metadata.namespace ?? []))]
    .filter(one => one !== namespace)
    .sort();
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name,
      namespace,
      labels: { [ID]: setId(name, namespace) },
      annotations: {
        [TOOLING]: 'tsrun/v1',
        [KINDS]: kinds.join(','),
        ...(others.length > 0 ? { [NAMESPACES]: others.join(',') } : {}),
      },
    },
  };
}

/** Whether the set that is there says the same. */
export function sameParent(live: KubeObject | null, wanted: KubeObject): boolean {
  const notes = live?.metadata.annotations ?? {};
  const wish = wanted.metadata.annotations ?? {};
  return (
    live?.metadata.labels?.[ID] === wanted.metadata.labels?.[ID] && [KINDS, NAMESPACES].every(key => notes[key] === wish[key])
  );
}

/** Another tool's set of this name is not ours to write. */
export function foreignSet(live: KubeObject | null): string | undefined {
  const tool = live?.metadata.annotations?.[TOOLING];
  return tool === undefined || tool.startsWith('tsrun/') ? undefined : tool;
}
