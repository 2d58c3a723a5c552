// Which cluster and as whom: the arguments of a task over the kubeconfig, the environment, or the pod's own account. Sends nothing.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Cluster, KubeConfig, User } from '@kubernetes/client-node';
import type { Vars } from '../core/types.ts';
import { configFault } from './kubernetes-faults.ts';

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const expand = (path: string): string => resolve(path.replace(/^~(?=\/|$)/, () => homedir()));

/** Rejects with Unreachable where no cluster is named or the file cannot be used. */
export async function loadConfig(options: Vars): Promise<KubeConfig> {
  const { KubeConfig: Config } = await import('@kubernetes/client-node');
  const config = new Config();
  const host = text(options['host']);
  if (host !== undefined && text(options['kubeconfig']) === undefined) fromArguments(config, host);
  else fromFiles(config, options['kubeconfig']);
  chooseContext(config, text(options['context']));
  overlay(config, options);
  return config;
}

function fromArguments(config: KubeConfig, server: string): void {
  config.loadFromClusterAndUser({ name: 'arguments', server, skipTLSVerify: false }, { name: 'arguments' });
}

function fromFiles(config: KubeConfig, given: unknown): void {
  const file = text(given);
  try {
    // Ansible takes the content of a kubeconfig too.
    if (typeof given === 'object' && given !== null) return config.loadFromString(JSON.stringify(given));
    if (file === undefined) return usual(config);
    config.loadFromFile(expand(file));
  } catch (error) {
    if (file !== undefined && !existsSync(expand(file)))
      throw configFault(`the kubeconfig ${file} is not there`, 'write the right path in k8s_kubeconfig or "kubeconfig"');
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw configFault(
      `the kubeconfig${file ? ` ${file}` : ''} cannot be read: ${why}`,
      'kubectl config view shows whether it is well',
    );
  }
  const isEmpty = (config.getClusters() ?? []).length === 0;
  if (isEmpty) throw configFault(`the kubeconfig ${file ?? ''} names no cluster`, 'kubectl config view shows what it has');
}

/** KUBECONFIG, ~/.kube/config, the account of the pod. The library then guesses localhost:8080, which nobody means. */
function usual(config: KubeConfig): void {
  config.loadFromDefault();
  const guessed = config.getCurrentCluster()?.server === 'http://localhost:8080' && !existsSync(join(homedir(), '.kube/config'));
  if (guessed && config.getCurrentContext() === 'loaded-context')
    throw configFault(
      'there is no kubeconfig: neither k8s_kubeconfig, KUBECONFIG, ~/.kube/config nor the account of a pod',
      'set k8s_kubeconfig to the path of one',
    );
}

function chooseContext(config: KubeConfig, wanted: string | undefined): void {
  if (wanted !== undefined) config.setCurrentContext(wanted);
  const name = config.getCurrentContext();
  const known = (config.getContexts() ?? []).map(context => context.name);
  if (!known.includes(name))
    throw configFault(
      name ? `the kubeconfig has no context "${name}"` : 'the kubeconfig has no current context',
      `choose one with k8s_context or "context": ${known.join(', ') || 'it has none'}`,
    );
  if (!config.getCurrentCluster())
    throw configFault(`the context "${name}" names a cluster that the kubeconfig does not have`, 'mend the kubeconfig');
}

/** What the task says itself wins over the file. */
function overlay(config: KubeConfig, options: Vars): void {
  const cluster = config.getCurrentCluster() as Cluster;
  const user: User = config.getCurrentUser() ?? { name: 'none' };
  const [host, ca, cert, key] = ['host', 'ca_cert', 'client_cert', 'client_key'].map(name => text(options[name]));
  const token = text(options['api_key']);
  const server: Cluster = {
    ...cluster,
    ...(host === undefined ? {} : { server: host }),
    ...(ca === undefined ? {} : { caFile: expand(ca), caData: '' }),
    ...(typeof options['validate_certs'] === 'boolean' ? { skipTLSVerify: !options['validate_certs'] } : {}),
    ...(text(options['proxy']) === undefined ? {} : { proxyUrl: options['proxy'] as string }),
  };
  const login = cert !== undefined || token !== undefined || text(options['username']) !== undefined;
  const who: User = login
    ? {
        name: user.name,
        ...(cert === undefined ? {} : { certFile: expand(cert) }),
        ...(key === undefined ? {} : { keyFile: expand(key) }),
        ...(token === undefined ? {} : { token }),
        ...(text(options['username']) === undefined
          ? {}
          : { username: options['username'] as string, password: text(options['password']) ?? '' }),
      }
    : withExecInfo(user);
  const namespace = config.getContextObject(config.getCurrentContext())?.namespace;
  config.loadFromOptions({
    clusters: [server],
    users: [who],
    contexts: [{ name: 'tsrun', cluster: server.name, user: who.name, ...(namespace ? { namespace } : {}) }],
    currentContext: 'tsrun',
  });
}

interface ExecSettings {
  readonly apiVersion?: string;
  /** Null in a file that leaves it empty. */
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null;
}

/** Plug-ins read what is asked of them from this variable; the library does not set it. */
function withExecInfo(user: User): User {
  if (!user.exec) return user;
  const exec = user.exec as ExecSettings;
  const { apiVersion = 'client.authentication.k8s.io/v1', env } = exec;
  const info = JSON.stringify({ apiVersion, kind: 'ExecCredential', spec: { interactive: false } });
  return { ...user, exec: { ...exec, env: [...(env ?? []), { name: 'KUBERNETES_EXEC_INFO', value: info }] } };
}
