// The one file of the checkout that a running lab writes: how to reach its hosts, for the inventory.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { stringify } from 'yaml';
import type { HostPlace } from './hosts.ts';
import { clientFiles } from './keys.ts';
import type { Layout } from './layout.ts';
import type { MysqlArchive } from './mysql/build.ts';
import { commonArguments } from './ssh.ts';

/** Writes inventory/group_vars/lab/addresses.yaml. */
export async function writeAddresses(
  layout: Layout,
  addresses: ReadonlyMap<HostPlace, string>,
  password: string,
  beside: { readonly kubeconfig?: string | undefined; readonly mysql?: MysqlArchive | undefined; readonly images: string },
): Promise<void> {
  const variables = {
    lab_addresses: Object.fromEntries([...addresses].map(([place, address]) => [place.host.name, address])),
    ansible_port: 22,
    ansible_user: 'root',
    ansible_ssh_private_key_file: clientFiles(layout).key,
    ansible_ssh_common_args: commonArguments(layout).join(' '),
    // The sudo password of the login `ops` where sudo asks for one, and the root password there (su).
    lab_ops_password: password,
    // Of the cluster beside the hosts; empty where this machine could not have one.
    k8s_kubeconfig: beside.kubeconfig ?? '',
    // Archives of small images, for the registry.
    lab_images: beside.images,
    // What stands where the MyTopling build would; empty where this machine could not fetch it.
    mytopling_archive: beside.mysql?.path ?? '',
    mytopling_sha256: beside.mysql?.sha256 ?? '',
    mytopling_version: beside.mysql?.version ?? '',
  };
  const head = '# Written by `npm run lab -- up`, removed by `npm run lab -- down`; git ignores it.\n';
  await mkdir(dirname(layout.addresses), { recursive: true });
  await writeFile(layout.addresses, head + stringify(variables, { lineWidth: 0 }), { mode: 0o600 });
}
