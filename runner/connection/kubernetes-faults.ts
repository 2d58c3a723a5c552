// What goes wrong between the runner and an API server, and what its refusals mean, as faults. Connects to nothing.
import { Unreachable } from '../core/lost.ts';
import type { ApiAnswer } from '../core/types.ts';

export interface ServerStatus {
  readonly reason?: string;
  readonly message?: string;
  readonly details?: {
    readonly causes?: readonly { readonly reason?: string; readonly message?: string; readonly field?: string }[];
    readonly retryAfterSeconds?: number;
  };
}

const unreachable = (code: string, what: string, why: string, mend: string): Unreachable =>
  new Unreachable({ code, what, why, mend });

export const configFault = (why: string, mend: string): Unreachable => unreachable('E801', 'no cluster can be chosen', why, mend);

export const loginFault = (why: string, mend: string): Unreachable =>
  unreachable('E802', 'there are no credentials for the cluster', why, mend);

/** The server is not there, or is not who it should be. */
export function serverFault(server: string, error: NodeJS.ErrnoException): Unreachable {
  const code =
    error.code ?? (error instanceof AggregateError ? (error.errors[0] as NodeJS.ErrnoException)?.code : undefined) ?? '';
  const what = `the API server ${server} does not answer`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return unreachable(
      'E803',
      what,
      `its name does not resolve (${code})`,
      'set the server in the kubeconfig, or see: getent hosts',
    );
  }
  if (code === 'ECONNREFUSED') {
    return unreachable('E803', what, 'nothing listens there', 'start the API server, or choose another context (k8s_context)');
  }
  if (/^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|ERR_TLS|ERR_SSL|EPROTO)/.test(code)) {
    return unreachable(
      'E804',
      `the certificate of ${server} is not trusted`,
      `${error.message} (${code})`,
      'put the authority of the cluster into the kubeconfig (certificate-authority-data), or name it with "ca_cert"',
    );
  }
  return unreachable('E803', what, error.message || code, `see: kubectl --server ${server} get --raw /readyz`);
}

/** Names the object that was in hand. */
export function lostAt(
  { fault }: Unreachable,
  { method, path }: { readonly method: string; readonly path: string },
): Unreachable {
  const why = `${fault.why}; it was asked: ${method} ${path}`;
  const isWrite = method !== 'GET';
  return new Unreachable({
    ...fault,
    why,
    mend: isWrite ? `${fault.mend}; what was written before stays, run again when it answers` : fault.mend,
  });
}

export const deniedLogin = (server: string, message: string): Unreachable =>
  unreachable(
    'E805',
    `${server} does not accept the credentials`,
    message || '401 Unauthorized',
    'renew the token or certificate of the kubeconfig; kubectl auth whoami shows who you are',
  );

type Row = readonly [test: (status: number, said: ServerStatus) => boolean, code: string, mend: string];

const rows: readonly Row[] = [
  [
    (status, said) => status === 404 && /^namespaces? "/.test(said.message ?? ''),
    'E811',
    'make the namespace first: a Namespace object in the same task or in one before it',
  ],
  [status => status === 404, 'E810', 'see that the name, the namespace and the kind are right'],
  [
    (status, { details }) => status === 409 && (details?.causes ?? []).some(cause => cause.reason === 'FieldManagerConflict'),
    'E812',
    'leave these fields out of the definition, or take them over with "force: true"',
  ],
  [status => status === 409, 'E813', 'someone else changed it at the same moment: run again'],
  [
    (status, { message = '' }) => status === 403 && message.includes('exceeded quota'),
    'E814',
    'ask for less, or raise the ResourceQuota that the server names',
  ],
  [
    (status, { message = '' }) => status === 403 && message.includes('violates PodSecurity'),
    'E815',
    'mend the securityContext, or label the namespace with the level that it needs (pod-security.kubernetes.io/enforce)',
  ],
  [
    status => status === 403,
    'E816',
    'give this user the right by a Role or ClusterRole; kubectl auth can-i --list shows what it has',
  ],
  [
    (status, { message = '' }) =>
      /unknown field|field not declared in schema/.test(message) && (status === 400 || status >= 422 || status === 500),
    'E817',
    'take the field out or mend its name; kubectl explain shows the fields of the kind',
  ],
  [
    status => status === 422 || status === 400,
    'E818',
    'mend what the server names; kubectl explain shows the fields of the kind',
  ],
  [status => status === 429, 'E819', 'the server or a PodDisruptionBudget asks to wait: run again later'],
];

const managerOf = (message = ''): string => /conflict with "([^"]+)"/.exec(message)?.[1] ?? 'another manager';

function reasonOf(said: ServerStatus, text: string): string {
  const causes = said.details?.causes ?? [];
  const conflicts = causes.filter(cause => cause.reason === 'FieldManagerConflict');
  if (conflicts.length > 0) return conflicts.map(cause => `${cause.field} belongs to "${managerOf(cause.message)}"`).join('\n');
  return said.message ?? text.slice(0, 2000);
}

/** The fault of an answer that is no success. `what` names the object. */
export function answerFault(status: number, said: ServerStatus, text: string, what: string): NonNullable<ApiAnswer['fault']> {
  const row = rows.find(([test]) => test(status, said));
  const reason = reasonOf(said, text);
  return {
    code: row?.[1] ?? 'E820',
    why: `${what}: the server said ${status}${said.reason ? ` ${said.reason}` : ''}: ${reason}`,
    mend: row?.[2] ?? 'the log of the API server says more; run again when it is well',
  };
}

export const unknownKind = (apiVersion: string, kind: string): NonNullable<ApiAnswer['fault']> => ({
  code: 'E821',
  why: `the server has no kind "${kind}" in ${apiVersion}`,
  mend: 'mend apiVersion and kind (kubectl api-resources lists them), or install the CustomResourceDefinition first',
});
