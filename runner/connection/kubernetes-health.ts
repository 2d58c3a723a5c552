// Whether an object does what it is there for: rollout complete, bound, reachable, scaling. Pure; it asks nothing.

export interface Health {
  readonly state: 'healthy' | 'progressing' | 'degraded' | 'missing';
  /** Empty where it is healthy. */
  readonly reason: string;
}
export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly generation?: number;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string; readonly uid: string }[];
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
  readonly [key: string]: unknown;
}
interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

const healthy: Health = { state: 'healthy', reason: '' };
const progressing = (reason: string): Health => ({ state: 'progressing', reason });
const degraded = (reason: string): Health => ({ state: 'degraded', reason });

const number = (value: unknown, otherwise = 0): number => (typeof value === 'number' ? value : otherwise);
const statusOf = (object: KubeObject): Readonly<Record<string, unknown>> => object.status ?? {};

export const conditionsOf = (object: KubeObject): readonly Condition[] => {
  const found = statusOf(object)['conditions'];
  return Array.isArray(found) ? (found as Condition[]) : [];
};
const condition = (object: KubeObject, type: string): Condition | undefined =>
  conditionsOf(object).find(one => one.type === type);
const said = ({ reason, message }: Condition): string => [reason, message].filter(Boolean).join(': ');

/** The controller has not looked at the newest spec yet. */
function unseen(object: KubeObject): Health | undefined {
  const seen = statusOf(object)['observedGeneration'];
  const newest = object.metadata?.generation;
  return typeof newest === 'number' && number(seen) < newest
    ? progressing('its controller has not seen the newest version yet')
    : undefined;
}

/** True where `type` must be "True". */
function needs(object: KubeObject, type: string, waiting: string): Health {
  const found = condition(object, type);
  if (found?.status === 'True') return healthy;
  return progressing(found ? `${type} is ${found.status}: ${said(found)}` : waiting);
}

function deployment(object: KubeObject): Health {
  const status = statusOf(object);
  const wanted = number(object.spec?.['replicas'], 1);
  const [updated, total, available] = ['updatedReplicas', 'replicas', 'availableReplicas'].map(name => number(status[name]));
  const progress = condition(object, 'Progressing');
  if (progress?.reason === 'ProgressDeadlineExceeded') return degraded(said(progress));
  if ((updated as number) < wanted) return progressing(`${updated} of ${wanted} pods are of the newest version`);
  if ((total as number) > (updated as number))
    return progressing(`${(total as number) - (updated as number)} old pods are still there`);
  if ((available as number) < (updated as number)) return progressing(`${available} of ${updated} pods are available`);
  return healthy;
}

function statefulSet(object: KubeObject): Health {
  const status = statusOf(object);
  const wanted = number(object.spec?.['replicas'], 1);
  if (number(status['readyReplicas']) < wanted)
    return progressing(`${number(status['readyReplicas'])} of ${wanted} pods are ready`);
  const strategy = (object.spec?.['updateStrategy'] as { type?: string } | undefined)?.type;
  if (
    strategy !== 'OnDelete' &&
    status['updateRevision'] !== status['currentRevision'] &&
    number(status['updatedReplicas']) < wanted
  )
    return progressing(`${number(status['updatedReplicas'])} of ${wanted} pods are of the newest version`);
  return healthy;
}

function daemonSet(object: KubeObject): Health {
  const status = statusOf(object);
  const wanted = number(status['desiredNumberScheduled']);
  const [updated, ready] = [number(status['updatedNumberScheduled']), number(status['numberAvailable'])];
  if (updated < wanted) return progressing(`${updated} of ${wanted} pods are of the newest version`);
  return ready < wanted ? progressing(`${ready} of ${wanted} pods are available`) : healthy;
}

function job(object: KubeObject): Health {
  const failed = condition(object, 'Failed');
  if (failed?.status === 'True') return degraded(said(failed));
  if (object.spec?.['suspend'] === true) return healthy;
  return needs(object, 'Complete', 'it has not ended yet');
}

function pod(object: KubeObject): Health {
  const phase = String(statusOf(object)['phase'] ?? 'Pending');
  if (phase === 'Succeeded') return healthy;
  if (phase === 'Failed') return degraded(String(statusOf(object)['message'] ?? statusOf(object)['reason'] ?? 'it failed'));
  return needs(object, 'Ready', `it is ${phase}`);
}

function autoscaler(object: KubeObject): Health {
  const able = condition(object, 'AbleToScale');
  if (able && able.status !== 'True') return progressing(`AbleToScale is ${able.status}: ${said(able)}`);
  const active = condition(object, 'ScalingActive');
  if (active?.reason === 'ScalingDisabled') return healthy;
  return needs(object, 'ScalingActive', 'it has not looked at its target yet');
}

function claim(object: KubeObject): Health {
  const phase = String(statusOf(object)['phase'] ?? 'Pending');
  if (phase === 'Bound') return healthy;
  return phase === 'Lost' ? degraded('its volume is lost') : progressing(`it is ${phase}, not Bound`);
}

function volume(object: KubeObject): Health {
  const phase = String(statusOf(object)['phase'] ?? 'Pending');
  if (phase === 'Failed') return degraded(String(statusOf(object)['message'] ?? 'it failed'));
  return phase === 'Pending' ? progressing('it is Pending') : healthy;
}

interface Slice {
  readonly endpoints?: readonly { readonly conditions?: { readonly ready?: boolean } }[];
}

/** A Service with a selector must lead somewhere. */
function service(object: KubeObject, related: readonly object[]): Health {
  const isBalanced = object.spec?.['type'] === 'LoadBalancer';
  const ingress = (statusOf(object)['loadBalancer'] as { ingress?: readonly unknown[] } | undefined)?.ingress ?? [];
  if (isBalanced && ingress.length === 0) return progressing('its load balancer has no address yet');
  const selector = object.spec?.['selector'] ?? {};
  if (object.spec?.['type'] === 'ExternalName' || Object.keys(selector).length === 0) return healthy;
  const ready = (related as readonly Slice[]).some(slice => (slice.endpoints ?? []).some(one => one.conditions?.ready !== false));
  return ready ? healthy : progressing('no ready pod stands behind it');
}

function budget(object: KubeObject): Health {
  const status = statusOf(object);
  const [now, wanted] = [number(status['currentHealthy']), number(status['desiredHealthy'])];
  return now < wanted ? progressing(`${now} of ${wanted} pods are healthy`) : healthy;
}

const namespace = (object: KubeObject): Health =>
  statusOf(object)['phase'] === 'Terminating' ? progressing('it is being deleted') : healthy;

type Judge = (object: KubeObject, related: readonly object[]) => Health;
const judges: Readonly<Record<string, Judge>> = {
  'Deployment.apps': deployment,
  'StatefulSet.apps': statefulSet,
  'DaemonSet.apps': daemonSet,
  'ReplicaSet.apps': statefulSet,
  'Job.batch': job,
  'Pod.': pod,
  'HorizontalPodAutoscaler.autoscaling': autoscaler,
  'PersistentVolumeClaim.': claim,
  'PersistentVolume.': volume,
  'Service.': service,
  'PodDisruptionBudget.policy': budget,
  'Namespace.': namespace,
  'Node.': object => needs(object, 'Ready', 'its kubelet has not reported'),
  'CustomResourceDefinition.apiextensions.k8s.io': object => needs(object, 'Established', 'it is not established yet'),
  'APIService.apiregistration.k8s.io': object => needs(object, 'Available', 'it is not available yet'),
};
/** These say observedGeneration in their status. */
const seers = /^(Deployment|StatefulSet|DaemonSet|ReplicaSet)\.apps$|^PodDisruptionBudget\.policy$/;

/** Kinds of others: a condition Ready or Available that is there must hold. */
function unknownKind(object: KubeObject): Health {
  if ('observedGeneration' in statusOf(object)) {
    const stale = unseen(object);
    if (stale) return stale;
  }
  const failed = conditionsOf(object).find(one => /^(Ready|Available)$/.test(one.type) && one.status === 'False');
  return failed ? progressing(`${failed.type} is False: ${said(failed)}`) : healthy;
}

export const groupKind = ({ apiVersion = '', kind = '' }: KubeObject): string =>
  `${kind}.${apiVersion.includes('/') ? apiVersion.split('/')[0] : ''}`;

/** `related`: the EndpointSlices of a Service. */
export function healthOf(object: KubeObject, related: readonly object[] = []): Health {
  if (object.metadata?.deletionTimestamp) return progressing('it is being deleted');
  const name = groupKind(object);
  const stale = seers.test(name) ? unseen(object) : undefined;
  return stale ?? (judges[name] ?? unknownKind)(object, related);
}
