// What the cluster of the lab is made of: programs, where their source is, and which of them go.mod pins.
export const kubernetes = '1.34.4';

export interface Program {
  readonly name: string;
  readonly source: string;
  /** Of a program with a module graph of its own, which Kubernetes' own would break; the others are in go.mod. */
  readonly version?: string;
}

export const programs: readonly Program[] = [
  { name: 'etcd', source: 'go.etcd.io/etcd/server/v3' },
  { name: 'kubectl', source: 'k8s.io/kubernetes/cmd/kubectl' },
  { name: 'kube-apiserver', source: 'k8s.io/kubernetes/cmd/kube-apiserver' },
  { name: 'kube-scheduler', source: 'k8s.io/kubernetes/cmd/kube-scheduler' },
  { name: 'kube-controller-manager', source: 'k8s.io/kubernetes/cmd/kube-controller-manager' },
  { name: 'kwok', source: 'sigs.k8s.io/kwok/cmd/kwok', version: 'v0.7.0' },
  { name: 'metrics-server', source: 'sigs.k8s.io/metrics-server/cmd/metrics-server', version: 'v0.7.2' },
];

/** What runs on the real node; containerd, runc and the network plug-ins are Debian's. */
export const nodePrograms: readonly Program[] = [
  { name: 'kubelet', source: 'k8s.io/kubernetes/cmd/kubelet' },
  { name: 'kube-proxy', source: 'k8s.io/kubernetes/cmd/kube-proxy' },
];
