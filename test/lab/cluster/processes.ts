// The processes of the cluster: what each is started with, in a control group of its own, so that `down` ends exactly these.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { openSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endProcesses, makeGroups, processesOf } from '../cgroup.ts';
import type { Binaries } from './binaries.ts';

export interface ClusterPlace {
  readonly folder: string;
  readonly pki: string;
  readonly cgroup: string;
  readonly kubeconfig: string;
  readonly audit: string;
  readonly ports: Readonly<Record<PortName, number>>;
}
export const portNames = ['api', 'etcd', 'etcdPeer', 'controllers', 'scheduler', 'kubelet', 'metrics'] as const;
export type PortName = (typeof portNames)[number];

const here = import.meta.dirname;
const flags = (settings: Readonly<Record<string, string | number | boolean>>): readonly string[] =>
  Object.entries(settings).map(([name, value]) => `--${name}=${value}`);

export type ProcessName =
  | 'etcd'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'kwok'
  | 'metrics-server'
  | 'way-in';

function settingsOf(place: ClusterPlace, name: Exclude<ProcessName, 'way-in'>): readonly string[] {
  const { folder, ports } = place;
  const pki = (file: string): string => join(place.pki, file);
  const etcd = `http://127.0.0.1:${ports.etcd}`;
  const peer = `http://127.0.0.1:${ports.etcdPeer}`;
  const config = (user: string): string => join(folder, `${user}.kubeconfig`);
  const asked = (user: string, port: number) => ({
    kubeconfig: config(user),
    'authentication-kubeconfig': config(user),
    'authorization-kubeconfig': config(user),
    'bind-address': '127.0.0.1',
    'secure-port': port,
  });
  const all: Readonly<Record<Exclude<ProcessName, 'way-in'>, Readonly<Record<string, string | number | boolean>>>> = {
    etcd: {
      'data-dir': join(folder, 'etcd'),
      'listen-client-urls': etcd,
      'advertise-client-urls': etcd,
      'listen-peer-urls': peer,
      'initial-advertise-peer-urls': peer,
      'initial-cluster': `default=${peer}`,
      // The lab's data are worth nothing after a crash of this machine.
      'unsafe-no-fsync': true,
      'log-level': 'warn',
    },
    'kube-apiserver': {
      'etcd-servers': etcd,
      'bind-address': '127.0.0.1',
      'secure-port': ports.api,
      'endpoint-reconciler-type': 'none',
      'service-cluster-ip-range': '10.96.0.0/16',
      'authorization-mode': 'Node,RBAC',
      'allow-privileged': true,
      'client-ca-file': pki('ca.crt'),
      'tls-cert-file': pki('apiserver.crt'),
      'tls-private-key-file': pki('apiserver.key'),
      'kubelet-client-certificate': pki('admin.crt'),
      'kubelet-client-key': pki('admin.key'),
      'kubelet-preferred-address-types': 'InternalIP',
      'service-account-issuer': 'https://kubernetes.default.svc',
      'service-account-key-file': pki('accounts.key'),
      'service-account-signing-key-file': pki('accounts.key'),
      'requestheader-client-ca-file': pki('front-ca.crt'),
      'requestheader-allowed-names': 'front-proxy',
      'requestheader-extra-headers-prefix': 'X-Remote-Extra-',
      'requestheader-group-headers': 'X-Remote-Group',
      'requestheader-username-headers': 'X-Remote-User',
      'proxy-client-cert-file': pki('front.crt'),
      'proxy-client-key-file': pki('front.key'),
      'audit-policy-file': join(here, 'audit-policy.yaml'),
      'audit-log-path': place.audit,
    },
    'kube-controller-manager': {
      ...asked('controller-manager', ports.controllers),
      'leader-elect': false,
      'use-service-account-credentials': true,
      'root-ca-file': pki('ca.crt'),
      'service-account-private-key-file': pki('accounts.key'),
      // Seconds instead of minutes: nobody waits for a lab.
      'horizontal-pod-autoscaler-sync-period': '3s',
      'horizontal-pod-autoscaler-cpu-initialization-period': '10s',
      'horizontal-pod-autoscaler-initial-readiness-delay': '3s',
    },
    'kube-scheduler': { ...asked('scheduler', ports.scheduler), 'leader-elect': false },
    kwok: {
      kubeconfig: config('kwok'),
      config: join(here, 'kwok.yaml'),
      // Not the real one.
      'manage-all-nodes': false,
      'manage-nodes-with-annotation-selector': 'kwok.x-k8s.io/node=fake',
      'node-ip': '127.0.0.1',
      'node-port': ports.kubelet,
      'server-address': `127.0.0.1:${ports.kubelet}`,
      'tls-cert-file': pki('kubelet.crt'),
      'tls-private-key-file': pki('kubelet.key'),
      'node-lease-duration-seconds': 40,
    },
    'metrics-server': {
      ...asked('metrics', ports.metrics),
      'cert-dir': join(folder, 'metrics-server'),
      'kubelet-insecure-tls': true,
      'kubelet-preferred-address-types': 'InternalIP',
      'kubelet-use-node-status-port': true,
      'kubelet-request-timeout': '5s',
      'metric-resolution': '10s',
    },
  };
  return flags(all[name]);
}

const groupOf = ({ cgroup }: ClusterPlace, name: ProcessName): string => `${cgroup}/${name}`;
const enter = 'while [ "$1" != -- ]; do echo $$ >"$1/machine/cgroup.procs"; shift; done; shift; exec "$@"';

/** The command of a process. `way` is where the real node reaches the API server, which itself listens on this machine alone. */
function commandOf(place: ClusterPlace, binaries: Binaries, name: ProcessName, way: string): readonly string[] {
  if (name !== 'way-in') return [binaries[name] as string, ...settingsOf(place, name)];
  return ['systemd-socket-activate', '-l', way, '/lib/systemd/systemd-socket-proxyd', `127.0.0.1:${place.ports.api}`];
}

/** Starts the process unless it runs with these settings. */
export async function ensureProcess(place: ClusterPlace, binaries: Binaries, name: ProcessName, way = ''): Promise<boolean> {
  const command = commandOf(place, binaries, name, way);
  const stamp = await stampOf(command);
  const stampFile = join(place.folder, `${name}.stamp`);
  if (await isRunning(place, name)) {
    if ((await readFile(stampFile, 'utf8').catch(() => '')) === stamp) return false;
    await endProcesses(groupOf(place, name));
  }
  const groups = await makeGroups(groupOf(place, name));
  const log = openSync(join(place.folder, `${name}.log`), 'a');
  const child = spawn('sh', ['-c', enter, 'sh', ...groups, '--', ...command], {
    detached: true,
    stdio: ['ignore', log, log],
    cwd: place.folder,
  });
  child.unref();
  await writeFile(stampFile, stamp);
  return true;
}

// A file of settings counts with what it holds: an edit of kwok.yaml starts kwok anew.
async function stampOf(command: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const word of command) {
    const path = word.replace(/^--[\w-]+=/, '');
    hash.update(`${word}\n`).update(path.startsWith(here) ? await readFile(path) : '');
  }
  return hash.digest('hex');
}

export const isRunning = async (place: ClusterPlace, name: ProcessName): Promise<boolean> =>
  (await processesOf(groupOf(place, name))).length > 0;
