// The keys and certificates of the cluster, made once by openssl, and the kubeconfigs that carry them.
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { $ } from '../command.ts';

interface Leaf {
  readonly name: string;
  readonly subject: string;
  readonly authority: 'ca' | 'front-ca';
  readonly names?: string;
}

const leaves: readonly Leaf[] = [
  {
    name: 'apiserver',
    subject: '/CN=kube-apiserver',
    authority: 'ca',
    names: 'IP:127.0.0.1,IP:10.96.0.1,DNS:localhost,DNS:kubernetes.default.svc',
  },
  { name: 'kubelet', subject: '/CN=kwok', authority: 'ca', names: 'IP:127.0.0.1,DNS:localhost' },
  { name: 'admin', subject: '/O=system:masters/CN=lab-admin', authority: 'ca' },
  { name: 'controller-manager', subject: '/CN=system:kube-controller-manager', authority: 'ca' },
  { name: 'scheduler', subject: '/CN=system:kube-scheduler', authority: 'ca' },
  { name: 'kwok', subject: '/O=system:masters/CN=kwok', authority: 'ca' },
  { name: 'node', subject: '/O=system:nodes/CN=system:node:node03', authority: 'ca' },
  { name: 'kube-proxy', subject: '/CN=system:kube-proxy', authority: 'ca' },
  { name: 'metrics', subject: '/O=system:masters/CN=metrics-server', authority: 'ca' },
  { name: 'front', subject: '/CN=front-proxy', authority: 'front-ca' },
];

/** Makes what is missing below `folder`. */
export async function ensurePki(folder: string): Promise<void> {
  const mark = join(folder, 'whole');
  if (!existsSync(mark)) await makeAuthorities(folder);
  for (const leaf of leaves) if (!existsSync(join(folder, `${leaf.name}.crt`))) await makeLeaf(folder, leaf);
  await writeFile(mark, '');
}

async function makeAuthorities(folder: string): Promise<void> {
  // Of a start that was cut short: whatever an older authority signed is of no use.
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of ['ca', 'front-ca']) {
    await $`openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj ${`/CN=lab-${name}`} \
      -keyout ${join(folder, `${name}.key`)} -out ${join(folder, `${name}.crt`)}`;
  }
  await $`openssl genrsa -out ${join(folder, 'accounts.key')} 2048`;
}

async function makeLeaf(folder: string, { name, subject, authority, names }: Leaf): Promise<void> {
  const at = (file: string): string => join(folder, file);
  const [usage, more] = names ? ['serverAuth', `subjectAltName=${names}\n`] : ['clientAuth', ''];
  await writeFile(at(`${name}.ext`), `basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage=${usage}\n${more}`);
  await $`openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj ${subject} -keyout ${at(`${name}.key`)} -out ${at(`${name}.csr`)}`;
  await $`openssl x509 -req -days 3650 -in ${at(`${name}.csr`)} -CA ${at(`${authority}.crt`)} -CAkey ${at(`${authority}.key`)} -CAcreateserial \
    -extfile ${at(`${name}.ext`)} -out ${at(`${name}.crt`)}`;
}

/** A kubeconfig that carries its keys, so that it can be copied. */
export async function writeKubeconfig(pki: string, user: string, server: string, to: string, serverName?: string): Promise<void> {
  const base64 = async (file: string): Promise<string> => (await readFile(join(pki, file))).toString('base64');
  const name = serverName === undefined ? {} : { 'tls-server-name': serverName };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'lab', cluster: { server, ...name, 'certificate-authority-data': await base64('ca.crt') } }],
    users: [
      {
        name: user,
        user: { 'client-certificate-data': await base64(`${user}.crt`), 'client-key-data': await base64(`${user}.key`) },
      },
    ],
    contexts: [{ name: 'lab', context: { cluster: 'lab', user } }],
    'current-context': 'lab',
  };
  await writeFile(to, stringify(config, { lineWidth: 0 }), { mode: 0o600 });
}
