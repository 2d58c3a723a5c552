// The role k8s-dcompact beside upstream's pair of manifests: what both ask for, and each difference with its reason.
import { beforeAll, describe, expect, test } from 'vitest';
import { renderTier, type Manifest, type Rendered } from '../support/render-tier.ts';

const editions = ['community', 'enterprise'] as const;
const worker = 'Deployment dcompact-deployment';
const forwarder = 'Deployment forward-nginx';
const workerPort = 'Service dcompact-service';
const forwarderPort = 'Service nginx-service';
const hpa = 'HorizontalPodAutoscaler dcompact-hpa';
const container = 'spec.template.spec.containers.0';

/** Of both editions; one value where they agree. */
type Pair = readonly [community: unknown, enterprise: unknown];
const both = (value: unknown): Pair => [value, value];
const registry = 'registry.mytopling.in:5000/topling';

interface Row {
  readonly what: string;
  readonly at: readonly [object: string, path: string];
  readonly theirs: Pair;
  readonly ours: Pair;
  /** Why they differ. */
  readonly why?: string;
  /** What `other` makes of it: the value is an input. */
  readonly changed?: unknown;
}

/** Each input that the table speaks of, with a value that is not its default. */
const other = {
  k8s_namespace: 'elsewhere',
  registry_host: 'images.example.com',
  registry_port: 443,
  dcompact_version: 'v2',
  forwarder_version: 'v3',
  pod_cpu: 4,
  pod_memory: '8Gi',
  web_domain: 'web.example.com',
  mount_mode: 'static',
  forwarder_replicas: 3,
  forwarder_cpu: '200m',
  forwarder_memory: '128Mi',
  dcompact_node_port: 30_100,
  forwarder_node_port: 30_101,
  hpa_min: 3,
  hpa_max: 20,
  hpa_cpu_target: 65,
};

const table: readonly Row[] = [
  {
    what: 'the image of a worker',
    at: [worker, `${container}.image`],
    theirs: [`${registry}/dcompact-community:v0.0.1`, 'topling/dcompact-enterprise:v0.1.11'],
    ours: [`${registry}/dcompact-community:v0.0.1`, `${registry}/dcompact-enterprise:v0.0.1`],
    why: 'a name without a registry is pulled from docker.io; the guide brings v0.0.1 into the private one',
    changed: 'images.example.com:443/topling/dcompact-community:v2',
  },
  {
    what: 'the number of workers',
    at: [worker, 'spec.replicas'],
    theirs: both(2),
    ours: both(undefined),
    why: 'it belongs to the autoscaler: each run would set it back and end pods with jobs',
  },
  { what: 'the port of a worker', at: [worker, `${container}.ports.0.containerPort`], theirs: both(8000), ours: both(8000) },
  {
    what: 'the label of a worker',
    at: [worker, 'spec.selector.matchLabels.app'],
    theirs: both('dcompact'),
    ours: both('dcompact'),
  },
  {
    what: 'the CPUs of a worker',
    at: [worker, `${container}.resources.limits.cpu`],
    theirs: both(16),
    ours: both(16),
    changed: 4,
  },
  {
    what: 'the memory of a worker',
    at: [worker, `${container}.resources.limits.memory`],
    theirs: both('32G'),
    ours: both('32Gi'),
    why: 'memory is sold and counted in binary units; 32G is 7 % less than what a reader takes it for',
    changed: '8Gi',
  },
  {
    what: 'the CPUs that a worker asks for',
    at: [worker, `${container}.resources.requests.cpu`],
    theirs: both(undefined),
    ours: both(16),
    why: 'the autoscaler reckons in requests; requests that are the limits are also kept longest when memory is short',
    changed: 4,
  },
  {
    what: 'the web domain',
    at: [worker, `${container}.env.WEB_DOMAIN.value`],
    theirs: both('mytopling.in'),
    ours: both('mytopling.in'),
    changed: 'web.example.com',
  },
  {
    what: 'what a worker calls itself',
    at: [worker, `${container}.env.ADVERTISE_ADDR.value`],
    theirs: both(undefined),
    ours: both('$(POD_IP):8000'),
    why: 'the default "self" sends probes to any worker',
  },
  {
    what: 'the compactions side by side',
    at: [worker, `${container}.env.MAX_PARALLEL_COMPACTIONS.valueFrom.resourceFieldRef.resource`],
    theirs: both(undefined),
    ours: both('limits.cpu'),
    why: 'else the start script counts the CPUs of the node',
  },
  {
    what: 'where the enterprise engine keeps its temporary files',
    at: [worker, `${container}.env.ToplingZipTable_localTempDir.value`],
    theirs: both(undefined),
    ours: [undefined, '/var/lib/dcompact'],
    why: 'that engine must have one, and the disk of the pod has a limit there',
  },
  {
    what: 'the capability to mount',
    at: [worker, `${container}.securityContext.capabilities.add.0`],
    theirs: both('SYS_ADMIN'),
    ours: both('SYS_ADMIN'),
    changed: undefined,
  },
  {
    what: 'the image of a forwarder',
    at: [forwarder, `${container}.image`],
    theirs: [`${registry}/forward-nginx:v0.0.1`, 'topling/forward-nginx:v0.0.1'],
    ours: both(`${registry}/forward-nginx:v0.0.1`),
    why: 'a name without a registry is pulled from docker.io',
    changed: 'images.example.com:443/topling/forward-nginx:v3',
  },
  { what: 'the number of forwarders', at: [forwarder, 'spec.replicas'], theirs: both(2), ours: both(2), changed: 3 },
  {
    what: 'the CPUs of a forwarder',
    at: [forwarder, `${container}.resources.requests.cpu`],
    theirs: [1, undefined],
    ours: both(1),
    why: 'enterprise writes cpu beside requests and limits, which a server refuses, and 16 of them, a copy of the worker',
    changed: '200m',
  },
  {
    what: 'the memory of a forwarder',
    at: [forwarder, `${container}.resources.requests.memory`],
    theirs: ['1G', undefined],
    ours: both('1Gi'),
    why: 'binary units; enterprise as above',
    changed: '128Mi',
  },
  { what: 'the port of the forwarders', at: [forwarderPort, 'spec.ports.0.port'], theirs: both(8000), ours: both(8000) },
  {
    what: 'the node port of the forwarders',
    at: [forwarderPort, 'spec.ports.0.nodePort'],
    theirs: both(30_001),
    ours: both(30_001),
    changed: 30_101,
  },
  {
    what: 'whom the forwarder service selects',
    at: [forwarderPort, 'spec.selector.app'],
    theirs: both('forward-nginx'),
    ours: both('forward-nginx'),
  },
  {
    what: 'the label of the forwarder service',
    at: [forwarderPort, 'metadata.labels.app'],
    theirs: both('nginx'),
    ours: both('forward-nginx'),
    why: 'everything else of it is labelled forward-nginx',
  },
  { what: 'the port of the workers', at: [workerPort, 'spec.ports.0.port'], theirs: both(8000), ours: both(8000) },
  {
    what: 'the node port of the workers',
    at: [workerPort, 'spec.ports.0.nodePort'],
    theirs: both(30_000),
    ours: both(30_000),
    changed: 30_100,
  },
  {
    what: 'whom the worker service selects',
    at: [workerPort, 'spec.selector.app'],
    theirs: both('dcompact'),
    ours: both('dcompact'),
  },
  ...(
    [
      ['type', 'NodePort'],
      ['sessionAffinity', 'None'],
      ['externalTrafficPolicy', 'Cluster'],
    ] as const
  ).flatMap(([field, value]) =>
    [workerPort, forwarderPort].map(service => ({
      what: `${field} of ${service}`,
      at: [service, `spec.${field}`] as const,
      theirs: both(value),
      ours: both(value),
    })),
  ),
  {
    what: 'the version of the autoscaler',
    at: [hpa, 'apiVersion'],
    theirs: both('autoscaling/v1'),
    ours: both('autoscaling/v2'),
    why: 'v1 cannot say how fast it scales',
  },
  {
    what: 'what is scaled',
    at: [hpa, 'spec.scaleTargetRef.name'],
    theirs: both('dcompact-deployment'),
    ours: both('dcompact-deployment'),
  },
  { what: 'the least number', at: [hpa, 'spec.minReplicas'], theirs: both(2), ours: both(2), changed: 3 },
  { what: 'the greatest number', at: [hpa, 'spec.maxReplicas'], theirs: both(10), ours: both(10), changed: 20 },
  // Theirs stands at targetCPUUtilizationPercentage, the place of v1.
  {
    what: 'the wanted load',
    at: [hpa, 'spec.metrics.0.resource.target.averageUtilization'],
    theirs: both(80),
    ours: both(80),
    changed: 65,
  },
];

/** Down a path; a list of variables is read by their names. */
function valueAt(objects: readonly Manifest[], [object, path]: Row['at']): unknown {
  const found = objects.find(({ kind, metadata }) => `${kind} ${metadata.name}` === object);
  if (!found) throw new Error(`there is no ${object}`);
  return path.split('.').reduce<unknown>((value, word) => {
    if (Array.isArray(value) && !/^\d+$/.test(word)) return value.find((one: { name?: string }) => one.name === word) as unknown;
    return (value as Record<string, unknown> | undefined)?.[word];
  }, found);
}

describe('beside the manifests of upstream', () => {
  const rendered: Record<string, Rendered> = {};
  beforeAll(async () => {
    for (const edition of editions) rendered[edition] = await renderTier({ edition });
    rendered['other'] = await renderTier(other);
  }, 120_000);

  test.each(table)('$what', ({ at, theirs, ours, why, ...row }) => {
    expect(editions.map(edition => valueAt(rendered[edition]?.objects ?? [], at))).toEqual(ours);
    // What differs has a reason, and only that.
    expect(why === undefined).toBe(theirs.every((one, i) => one === ours[i]));
    const changed = 'changed' in row ? row.changed : ours[0];
    expect(valueAt(rendered['other']?.objects ?? [], at)).toEqual(changed);
  });

  test('it stands in a namespace of its own, not in "default"', () => {
    const names = (name: string) =>
      rendered[name]?.objects.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name);
    expect([names('community'), names('other')]).toEqual([['dcompact'], ['elsewhere']]);
  });

  test('every input that was changed is declared, and none is refused', () => {
    expect(rendered['other']?.why).not.toMatch(/E2\d\d/);
    expect(Object.values(rendered).map(({ code }) => code)).toEqual([0, 0, 0]);
  });
});
