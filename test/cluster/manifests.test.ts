// The rendered manifests of the worker tier in all their variants: the server takes them in a dry run, and they fit its own schemas.
import { execFileSync } from 'node:child_process';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { type Manifest, renderTier } from '../support/render-tier.ts';
import { kubectl, kubectlFile, place, uniqueName } from './cluster.ts';

const namespace = uniqueName('manifests');
const base = 31_000 + Math.floor(Math.random() * 800) * 2;
const common = { k8s_namespace: namespace, dcompact_node_port: base, forwarder_node_port: base + 1 };
const digest = `sha256:${'a'.repeat(64)}`;

const variants: readonly (readonly [name: string, vars: object])[] = [
  ['community', {}],
  ['enterprise', { edition: 'enterprise' }],
  ['static volumes of NFS', { mount_mode: 'static' }],
  ['enterprise with static volumes', { edition: 'enterprise', mount_mode: 'static', apparmor: 'unconfined' }],
  [
    'a plain nginx as forwarder, images by digest',
    { forwarder_kind: 'nginx', images_by_digest: true, dcompact_digest: digest, forwarder_digest: digest },
  ],
  [
    'chosen nodes, a drain that sleeps',
    { node_selector: { a: 'b' }, tolerations: [{ key: 'k', operator: 'Exists' }], drain_method: 'sleep', dns_mode: 'external' },
  ],
  [
    'metrics of kubelets with certificates that nobody signed',
    { metrics_server: { install: 'always', image: 'm:1', insecure_tls: true } },
  ],
];

const names = variants.map(([name]) => name);

/** kubectl with a text on stdin. */
const feed = (input: string, ...words: string[]): string =>
  execFileSync(kubectlFile, ['--kubeconfig', place?.kubeconfig ?? '', ...words], { input, encoding: 'utf8', stdio: 'pipe' });

interface Schema {
  readonly properties?: object;
  additionalProperties?: unknown;
  readonly 'x-kubernetes-group-version-kind'?: readonly {
    readonly group: string;
    readonly version: string;
    readonly kind: string;
  }[];
}
interface Schemas {
  readonly ajv: Ajv;
  readonly all: Readonly<Record<string, Schema>>;
}

/** The server's own schemas of a group, in which a field that they do not name is an error. */
const schemasOf = once(async (apiVersion: string): Promise<Schemas> => {
  const path = apiVersion.includes('/') ? `apis/${apiVersion}` : `api/${apiVersion}`;
  const document = JSON.parse(await kubectl('get', '--raw', `/openapi/v3/${path}`)) as {
    components: { schemas: Record<string, Schema> };
  };
  const all = document.components.schemas;
  for (const schema of Object.values(all)) if (schema.properties) schema.additionalProperties ??= false;
  return { ajv: new Ajv({ strict: false, validateFormats: false }).addSchema(document, apiVersion), all };
});

function once<T>(make: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const made = new Map<string, Promise<T>>();
  return key => {
    const found = made.get(key) ?? make(key);
    made.set(key, found);
    return found;
  };
}

async function validatorOf({ apiVersion, kind }: Manifest) {
  const { ajv, all } = await schemasOf(apiVersion);
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  const [name = ''] =
    Object.entries(all).find(([, schema]) =>
      schema['x-kubernetes-group-version-kind']?.some(one => one.group === group && one.version === version && one.kind === kind),
    ) ?? [];
  const validate = ajv.getSchema(`${apiVersion}#/components/schemas/${name}`);
  if (!validate) throw new Error(`the server has no schema of ${kind} in ${apiVersion}`);
  return validate;
}

const rendered = once(name => renderTier({ ...common, ...variants.find(([one]) => one === name)?.[1] }));

describe.skipIf(!place)('rendered manifests', () => {
  beforeAll(async () => {
    await kubectl('create', 'namespace', namespace);
  });
  afterAll(async () => {
    await kubectl('delete', 'namespace', namespace, '--wait=false');
  });

  test.each(names)('%s: the server takes them, with each field that it does not know refused', async name => {
    const { code, why, objects } = await rendered(name);
    expect(code, why).toBe(0);
    // The lab has metrics already, in kube-system: there the objects would meet its own.
    const text = objects
      .map(object => stringify(object).replaceAll('namespace: kube-system', `namespace: ${namespace}`))
      .join('---\n');
    const said = feed(
      text,
      '-n',
      namespace,
      'apply',
      '--server-side',
      '--force-conflicts',
      '--dry-run=server',
      '--validate=strict',
      '-f',
      '-',
    );
    expect(said.trim().split('\n')).toHaveLength(objects.length);
    expect(said.replaceAll('serverside-applied (server dry run)', '')).not.toMatch(/warning|error/i);
  });

  test.each(names)('%s: they fit the schemas of the server', async name => {
    const { objects } = await rendered(name);
    for (const object of objects) {
      const validate = await validatorOf(object);
      expect(validate(object) ? [] : validate.errors, `${object.kind} ${object.metadata.name}`).toEqual([]);
    }
  });

  test('the schema check finds a field that is not there', async () => {
    const object = (await rendered('community')).objects.find(({ kind }) => kind === 'Deployment');
    const wrong = { ...object, spec: { ...(object as unknown as { spec: object }).spec, replica: 2 } };
    const validate = await validatorOf(object as Manifest);
    expect([validate(object), validate(wrong)]).toEqual([true, false]);
  });

  test.each([
    ['static', 'baseline', true],
    ['dynamic', 'baseline', false],
    ['dynamic', 'privileged', true],
  ])('a worker of mount_mode %s in a namespace of level %s is admitted: %s', async (mount_mode, level, isAdmitted) => {
    await kubectl('label', 'namespace', namespace, '--overwrite', `pod-security.kubernetes.io/enforce=${level}`);
    const { objects } = await rendered(mount_mode === 'static' ? 'static volumes of NFS' : 'community');
    const worker = objects.find(({ metadata }) => metadata.name === 'dcompact-deployment') as unknown as {
      spec: { template: object };
    };
    const pod = stringify({ apiVersion: 'v1', kind: 'Pod', ...worker.spec.template, metadata: { name: 'worker' } });
    const create = () => feed(pod, '-n', namespace, 'create', '--dry-run=server', '-f', '-');
    if (isAdmitted) expect(create()).toContain('pod/worker created (server dry run)');
    else expect(create).toThrow(/violates PodSecurity/);
  });
});
