// The processes of the cluster: what each is started with, in a control group of its own, so that `down` ends exactly these.
import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { makeGroups, processesOf } from '../cgroup.ts';
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

export type ProcessName = 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler' | 'kwok' | 'metrics-server';

function settingsOf(place: ClusterPlace, name: ProcessName): readonly string[] {
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
  const all: Readonly<Record<ProcessName, Readonly<Record<string, string | number | boolean>>>> = {
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
      'manage-all-nodes': true,
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

/** Starts the process unless it runs. */
export async function ensureProcess(place: ClusterPlace, binaries: Binaries, name: ProcessName): Promise<boolean> {
  if (await isRunning(place, name)) return false;
  const groups = await makeGroups(groupOf(place, name));
  const log = openSync(join(place.folder, `${name}.log`), 'a');
  const command = [binaries[name] as string, ...settingsOf(place, name)];
  const child = spawn('sh', ['-c', enter, 'sh', ...groups, '--', ...command], {
    detached: true,
    stdio: ['ignore', log, log],
    cwd: place.folder,
  });
  child.unref();
  return true;
}

export const isRunning = async (place: ClusterPlace, name: ProcessName): Promise<boolean> =>
  (await processesOf(groupOf(place, name))).length > 0;
