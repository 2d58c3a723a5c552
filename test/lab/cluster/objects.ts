// What the lab's cluster has before anyone uses it: kwok's nodes and the way to the metrics API, as YAML for kubectl. Data only.
import { stringify } from 'yaml';

/** Three workers of sixteen CPUs fit on each: the ten of an autoscaler have room, also while a rollout adds one. */
const nodes = ['worker-1', 'worker-2', 'worker-3', 'worker-4', 'worker-5', 'worker-6'];
const capacity = { cpu: '64', memory: '256Gi', 'ephemeral-storage': '500Gi', pods: '110' };

const node = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: {
    name,
    labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' },
    annotations: {
      'kwok.x-k8s.io/node': 'fake',
      'metrics.k8s.io/resource-metrics-path': `/metrics/nodes/${name}/metrics/resource`,
    },
  },
  status: { capacity, allocatable: { ...capacity, cpu: '63500m', memory: '250Gi' } },
});

/** The API server asks the metrics server at its own machine: without kube-proxy a cluster address leads nowhere. */
const metrics = (port: number) => [
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'metrics-server', namespace: 'kube-system' },
    spec: { type: 'ExternalName', externalName: '127.0.0.1', ports: [{ name: 'https', port }] },
  },
  {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: 'v1beta1.metrics.k8s.io' },
    spec: {
      group: 'metrics.k8s.io',
      version: 'v1beta1',
      groupPriorityMinimum: 100,
      versionPriority: 100,
      insecureSkipTLSVerify: true,
      service: { name: 'metrics-server', namespace: 'kube-system', port },
    },
  },
];

export const clusterObjects = (port: number): string =>
  [...metrics(port), ...nodes.map(node)].map(object => stringify(object)).join('---\n');
