// The arguments that all modules of a cluster share: which cluster, as whom, which object, how long to wait. Data only.
import type { JsonSchema } from '../../core/types.ts';
import { flag, text } from './kinds.ts';

export interface ObjectArgs {
  readonly kind?: string;
  readonly api_version: string;
  readonly name?: string;
  readonly namespace?: string;
}

/** The connection reads these from the task (connection/kubernetes-config.ts). */
export const clusterKinds: JsonSchema = {
  kubeconfig: {
    type: ['string', 'object'],
    description: 'The kubeconfig; else k8s_kubeconfig, KUBECONFIG, ~/.kube/config, the account of the pod.',
  },
  context: text('The context of the kubeconfig; else k8s_context, else its current one.'),
  host: text('Address of an API server, instead of the one of the kubeconfig.'),
  api_key: text('A bearer token.', { secret: true }),
  username: text('User for basic authentication.'),
  password: text('Its password.', { secret: true }),
  validate_certs: flag('Whether the certificate of the server must be trusted.', undefined, { aliases: ['verify_ssl'] }),
  ca_cert: text('A file with the authorities to trust.', { aliases: ['ssl_ca_cert'] }),
  client_cert: text('A file with the certificate to show.', { aliases: ['cert_file'] }),
  client_key: text('A file with its key.', { aliases: ['key_file'] }),
  proxy: text('Ask through this proxy.'),
  impersonate_user: text('Act as this user.'),
  impersonate_groups: { type: 'array', items: { type: 'string' }, description: 'Act as a member of these groups.' },
};

export const objectKinds = (kind?: string): JsonSchema => ({
  kind: text('Its kind.', kind === undefined ? {} : { default: kind }),
  api_version: text('Its apiVersion.', { default: kind === 'Deployment' ? 'apps/v1' : 'v1', aliases: ['api', 'version'] }),
  name: text('Its name.'),
  namespace: text('Its namespace; else the one of the context.'),
});

export const waitKinds = (byDefault: boolean | undefined, seconds: number): JsonSchema => ({
  ...(byDefault === undefined ? {} : { wait: flag('Wait until it is as wanted.', byDefault) }),
  wait_timeout: { type: 'integer', minimum: 1, default: seconds, description: 'Seconds to wait at most.' },
  wait_sleep: {
    type: 'number',
    exclusiveMinimum: 0,
    default: 5,
    description: 'Seconds between two looks, once it takes longer.',
  },
});

export const conditionKind: JsonSchema = {
  wait_condition: {
    type: 'object',
    additionalProperties: false,
    required: ['type'],
    properties: {
      type: { type: 'string' },
      status: { enum: ['True', 'False', 'Unknown', true, false], default: 'True' },
      reason: { type: 'string' },
    },
    description: 'A condition of the object to wait for, instead of its health.',
  },
};

export interface WaitArgs {
  readonly wait_timeout: number;
  readonly wait_sleep: number;
  readonly wait_condition?: { readonly type: string; readonly status?: string | boolean; readonly reason?: string };
}

/** Options of a `wait` request. */
export function waitOptions({ wait_timeout, wait_sleep, wait_condition }: WaitArgs, absent = false) {
  const status = wait_condition?.status ?? true;
  const word = typeof status === 'boolean' ? (status ? 'True' : 'False') : status;
  return {
    within: wait_timeout,
    every: wait_sleep,
    ...(absent ? { absent } : {}),
    ...(wait_condition ? { condition: { ...wait_condition, status: word } } : {}),
  };
}

/** The object that the arguments name. */
export const namedObject = ({ kind = '', api_version, name, namespace }: ObjectArgs) => ({
  apiVersion: api_version,
  kind,
  metadata: { ...(name === undefined ? {} : { name }), ...(namespace === undefined ? {} : { namespace }) },
});
