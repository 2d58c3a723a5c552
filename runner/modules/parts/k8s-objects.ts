// Objects of a cluster as data: their names, their order, what of them is noise or secret, and their text. Pure.
import type { Footprint } from '../../core/types.ts';

export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name?: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly managedFields?: readonly ManagedFields[];
    readonly [key: string]: unknown;
  };
  readonly [key: string]: unknown;
}
interface ManagedFields {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  readonly fieldsV1?: unknown;
}

export const groupOf = ({ apiVersion }: KubeObject): string => (apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '');
/** `Deployment.apps`, `Service` */
export const groupKind = (object: KubeObject): string => [object.kind, groupOf(object)].filter(Boolean).join('.');
export const labelOf = ({ kind, metadata: { name = '', namespace } }: KubeObject): string =>
  `${kind} ${namespace ? `${namespace}/` : ''}${name}`;
/** Without the version: two versions of one kind are one object. */
export const keyOf = (object: KubeObject): string =>
  `${groupKind(object)}/${object.metadata.namespace ?? ''}/${object.metadata.name ?? ''}`;
export const footprint = (object: KubeObject): Footprint => `k8s:${keyOf(object)}`;
export const namespaceFootprint = (name: string): Footprint => `k8s:Namespace//${name}`;

/** What others need comes first; objects of one phase need not wait for each other. */
const phases: readonly RegExp[] = [
  /^(Namespace|CustomResourceDefinition\.apiextensions\.k8s\.io)$/,
  /^(ServiceAccount|ConfigMap|Secret|ResourceQuota|LimitRange|StorageClass\.|PriorityClass\.|PersistentVolume|PersistentVolumeClaim|ClusterRole|Role|NetworkPolicy)(\.|$)/,
  /^(ClusterRoleBinding|RoleBinding|Service)(\.|$)/,
  /^(Deployment|StatefulSet|DaemonSet|ReplicaSet|Job|CronJob|Pod)(\.|$)/,
  /^(HorizontalPodAutoscaler|PodDisruptionBudget|Ingress|APIService|.*WebhookConfiguration)(\.|$)/,
];
export const LAST_PHASE = phases.length;
export function phaseOf(object: KubeObject): number {
  const found = phases.findIndex(kinds => kinds.test(groupKind(object)));
  return found < 0 ? LAST_PHASE : found;
}

/** Deleting one of these deletes data, or all that is in it. */
const holders = /^(Namespace|PersistentVolumeClaim|PersistentVolume|CustomResourceDefinition\.apiextensions\.k8s\.io)$/;
export const holdsData = (object: KubeObject): boolean => holders.test(groupKind(object));

const noise = new Set(['managedFields', 'resourceVersion', 'uid', 'creationTimestamp', 'generation', 'selfLink']);

/** Without what the server alone writes: it says nothing about a difference. */
export function withoutNoise(object: KubeObject): KubeObject {
  const { status: _, ...rest } = object;
  const metadata = Object.fromEntries(Object.entries(object.metadata).filter(([key]) => !noise.has(key)));
  const {
    'deployment.kubernetes.io/revision': _r,
    'kubectl.kubernetes.io/last-applied-configuration': _l,
    ...notes
  } = object.metadata.annotations ?? {};
  const annotations = Object.keys(notes).length > 0 ? { annotations: notes } : {};
  const { annotations: _a, ...named } = metadata;
  return { ...rest, metadata: { ...named, ...annotations } };
}

/** What this manager owns by apply, as text: it changes where fields are taken over or given up. */
export function ownedBy(object: KubeObject, manager: string): string {
  const own = (object.metadata.managedFields ?? []).find(
    one => one.manager === manager && one.operation === 'Apply' && !one.subresource,
  );
  return own ? JSON.stringify(sorted(own.fieldsV1)) : '';
}

/** Values of a Secret are never shown; that they differ is. */
export function masked(object: KubeObject, other?: KubeObject): KubeObject {
  if (object.kind !== 'Secret' || object.apiVersion !== 'v1') return object;
  const hide = (field: string): object => {
    const values = object[field] as Readonly<Record<string, unknown>> | undefined;
    const others = (other?.[field] ?? {}) as Readonly<Record<string, unknown>>;
    if (typeof values !== 'object' || values === null) return {};
    const hidden = Object.entries(values).map(([key, value]): [string, string] => [
      key,
      other && key in others && others[key] !== value ? '****** (other value)' : '******',
    ]);
    return { [field]: Object.fromEntries(hidden) };
  };
  // kubectl keeps the whole object in an annotation.
  const { 'kubectl.kubernetes.io/last-applied-configuration': _, ...annotations } = object.metadata.annotations ?? {};
  return { ...object, metadata: { ...object.metadata, annotations }, ...hide('data'), ...hide('stringData') };
}

export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, part]) => [key, sorted(part)]),
  );
}

/** The paths at which two values differ, at most a few. */
export function differences(before: unknown, after: unknown, path = ''): readonly string[] {
  if (JSON.stringify(sorted(before)) === JSON.stringify(sorted(after))) return [];
  const isMap = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
  if (!isMap(before) || !isMap(after) || Array.isArray(before) !== Array.isArray(after)) {
    return [`${path}: ${short(before)} -> ${short(after)}`];
  }
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap(key =>
    differences(before[key], after[key], Array.isArray(before) ? `${path}[${key}]` : [path, key].filter(Boolean).join('.')),
  );
}

function short(value: unknown): string {
  if (value === undefined) return 'unset';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}

/** YAML for a diff: keys in order, so that only values differ. */
export function yamlText(value: unknown, indent = ''): string {
  if (Array.isArray(value)) return value.length === 0 ? `${indent}[]\n` : value.map(item => listItem(item, indent)).join('');
  if (typeof value !== 'object' || value === null) return `${indent}${scalarText(value)}\n`;
  const entries = Object.entries(value)
    .filter(([, part]) => part !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, part]) => `${indent}${key}:${partText(part, indent)}`).join('');
}

const isEmpty = (value: object): boolean => Object.keys(value).length === 0;

function partText(part: unknown, indent: string): string {
  if (typeof part === 'object' && part !== null) {
    if (isEmpty(part)) return Array.isArray(part) ? ' []\n' : ' {}\n';
    return `\n${yamlText(part, Array.isArray(part) ? indent : `${indent}  `)}`;
  }
  if (typeof part === 'string' && part.includes('\n')) {
    const lines = part.replace(/\n$/, '').split('\n');
    return ` |${part.endsWith('\n') ? '' : '-'}\n${lines.map(line => `${indent}  ${line}\n`).join('')}`;
  }
  return ` ${scalarText(part)}\n`;
}

const listItem = (item: unknown, indent: string): string => {
  const text = yamlText(item, `${indent}  `);
  return `${indent}- ${text.slice(indent.length + 2)}`;
};

const plain = /^[A-Za-z_/][\w./@:-]*(?<!:)$/;
const scalarText = (value: unknown): string =>
  typeof value === 'string' && plain.test(value) && !/^(true|false|null|yes|no|on|off)$/i.test(value)
    ? value
    : JSON.stringify(value);
