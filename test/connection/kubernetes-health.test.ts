import { describe, expect, it } from 'vitest';
import { answerFault } from '../../runner/connection/kubernetes-faults.ts';
import { healthOf, type KubeObject } from '../../runner/connection/kubernetes-health.ts';

const object = (kind: string, apiVersion: string, status: object, spec: object = {}, metadata: object = {}): KubeObject =>
  ({ apiVersion, kind, metadata: { name: 'x', generation: 2, ...metadata }, spec, status }) as KubeObject;
const deployment = (status: object, replicas = 3) =>
  object('Deployment', 'apps/v1', { observedGeneration: 2, ...status }, { replicas });
const conditions = (type: string, status: string, more: object = {}) => ({ conditions: [{ type, status, ...more }] });
const slice = (ready: boolean) => ({ endpoints: [{ conditions: { ready } }] });

describe('health', () => {
  it.each<[string, KubeObject, string, RegExp]>([
    ['a rollout is complete', deployment({ replicas: 3, updatedReplicas: 3, availableReplicas: 3 }), 'healthy', /^$/],
    [
      'a new spec that nobody has seen',
      deployment({ observedGeneration: 1, replicas: 3, updatedReplicas: 3, availableReplicas: 3 }),
      'progressing',
      /not seen/,
    ],
    ['too few new pods', deployment({ replicas: 3, updatedReplicas: 1, availableReplicas: 3 }), 'progressing', /1 of 3/],
    ['old pods left', deployment({ replicas: 4, updatedReplicas: 3, availableReplicas: 4 }), 'progressing', /1 old/],
    ['pods not available', deployment({ replicas: 3, updatedReplicas: 3, availableReplicas: 2 }), 'progressing', /2 of 3/],
    ['no pods wanted, none there', deployment({}, 0), 'healthy', /^$/],
    [
      'a rollout that gave up',
      deployment({ ...conditions('Progressing', 'False', { reason: 'ProgressDeadlineExceeded', message: 'late' }) }),
      'degraded',
      /late/,
    ],
    ['a claim waits', object('PersistentVolumeClaim', 'v1', { phase: 'Pending' }), 'progressing', /Pending/],
    ['a claim is bound', object('PersistentVolumeClaim', 'v1', { phase: 'Bound' }), 'healthy', /^$/],
    ['a job ended', object('Job', 'batch/v1', conditions('Complete', 'True')), 'healthy', /^$/],
    ['a job failed', object('Job', 'batch/v1', conditions('Failed', 'True', { reason: 'Backoff' })), 'degraded', /Backoff/],
    [
      'an autoscaler without numbers',
      object(
        'HorizontalPodAutoscaler',
        'autoscaling/v2',
        conditions('ScalingActive', 'False', { reason: 'FailedGetResourceMetric' }),
      ),
      'progressing',
      /FailedGetResourceMetric/,
    ],
    [
      'an autoscaler with numbers',
      object('HorizontalPodAutoscaler', 'autoscaling/v2', conditions('ScalingActive', 'True')),
      'healthy',
      /^$/,
    ],
    ['a pod is ready', object('Pod', 'v1', { phase: 'Running', ...conditions('Ready', 'True') }), 'healthy', /^$/],
    [
      'an API without a server',
      object('APIService', 'apiregistration.k8s.io/v1', conditions('Available', 'False')),
      'progressing',
      /Available/,
    ],
    [
      'a kind of others that is not ready',
      object('Widget', 'a.b/v1', conditions('Ready', 'False', { message: 'no' })),
      'progressing',
      /no/,
    ],
    ['a kind of others without a word', object('Widget', 'a.b/v1', {}), 'healthy', /^$/],
    ['what is being deleted', object('ConfigMap', 'v1', {}, {}, { deletionTimestamp: 'now' }), 'progressing', /deleted/],
  ])('%s', (_name, one, state, reason) => {
    const health = healthOf(one);
    expect(health.state).toBe(state);
    expect(health.reason).toMatch(reason);
  });

  it.each([
    ['without pods behind it', [slice(false)], 'progressing'],
    ['with one ready pod', [slice(false), slice(true)], 'healthy'],
    ['without any slice', [], 'progressing'],
  ])('a service %s', (_name, slices, state) => {
    expect(healthOf(object('Service', 'v1', {}, { selector: { app: 'x' } }), slices).state).toBe(state);
  });

  it('a service without a selector needs no pods', () => {
    expect(healthOf(object('Service', 'v1', {}, {})).state).toBe('healthy');
  });
});

describe('what a server refuses', () => {
  const conflict = {
    details: {
      causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "kubectl" using apps/v1', field: '.spec.replicas' }],
    },
  };
  it.each<[string, number, object, string, RegExp]>([
    ['a conflict names the other manager', 409, conflict, 'E812', /\.spec\.replicas belongs to "kubectl"/],
    ['a missing namespace', 404, { message: 'namespaces "x" not found' }, 'E811', /namespaces "x"/],
    ['a missing object', 404, { message: 'deployments.apps "x" not found' }, 'E810', /not found/],
    ['a quota', 403, { message: 'pods "x" is forbidden: exceeded quota: small' }, 'E814', /small/],
    ['Pod Security', 403, { message: 'violates PodSecurity "baseline"' }, 'E815', /baseline/],
    ['no right', 403, { message: 'User "x" cannot patch' }, 'E816', /cannot patch/],
    ['an unknown field', 400, { message: 'strict decoding error: unknown field "spec.replica"' }, 'E817', /spec\.replica/],
    ['an invalid value', 422, { message: 'spec.ports[0].nodePort: Invalid value' }, 'E818', /nodePort/],
    ['anything else', 500, { message: 'boom' }, 'E820', /boom/],
  ])('%s', (_name, status, said, code, why) => {
    const fault = answerFault(status, said, '', 'Deployment a/b');
    expect(fault.code).toBe(code);
    expect(fault.why).toMatch(why);
    expect(fault.why).toContain('Deployment a/b');
    expect(fault.mend).not.toBe('');
  });
});
