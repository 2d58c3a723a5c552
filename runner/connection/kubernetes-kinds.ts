// apiVersion and kind -> the path of an object on the server, by the server's own discovery, asked once for each group.
import type { Api } from './kubernetes-api.ts';

export interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly subresources: ReadonlySet<string>;
}
export interface Kinds {
  /** Undefined where the server has no such kind. */
  of(apiVersion: string, kind: string): Promise<Kind | undefined>;
  /** The version that the server prefers for `Deployment.apps`. */
  preferred(group: string): Promise<string | undefined>;
  path(kind: Kind, namespace?: string, name?: string, subresource?: string): string;
}

interface ResourceList {
  readonly resources?: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
}

export const base = (apiVersion: string): string => (apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`);

export function createKinds(api: Api): Kinds {
  const groups = new Map<string, Promise<readonly Kind[]>>();
  const versions = new Map<string, Promise<string | undefined>>();
  const list = async (apiVersion: string): Promise<readonly Kind[]> => {
    const reply = await api.call({ method: 'GET', path: base(apiVersion) });
    if (reply.status !== 200) {
      groups.delete(apiVersion); // a CRD to come makes it known
      return [];
    }
    return kindsOf(apiVersion, JSON.parse(reply.text) as ResourceList);
  };
  const known = (apiVersion: string): Promise<readonly Kind[]> => {
    const found = groups.get(apiVersion) ?? list(apiVersion);
    groups.set(apiVersion, found);
    found.catch(() => groups.delete(apiVersion));
    return found;
  };
  return {
    async of(apiVersion, kind) {
      const found = (await known(apiVersion)).find(one => one.kind === kind);
      if (!found) groups.delete(apiVersion);
      return found;
    },
    preferred(group) {
      if (group === '') return Promise.resolve('v1');
      const found = versions.get(group) ?? preferredVersion(api, group);
      versions.set(group, found);
      found.catch(() => versions.delete(group));
      return found;
    },
    path: (kind, namespace, name, subresource) =>
      [
        base(kind.group === '' ? kind.version : `${kind.group}/${kind.version}`),
        ...(kind.namespaced && namespace ? ['namespaces', namespace] : []),
        kind.plural,
        ...(name === undefined ? [] : [encodeURIComponent(name)]),
        ...(subresource === undefined ? [] : [subresource]),
      ].join('/'),
  };
}

async function preferredVersion(api: Api, group: string): Promise<string | undefined> {
  const reply = await api.call({ method: 'GET', path: `/apis/${group}` });
  if (reply.status !== 200) return undefined;
  const found = JSON.parse(reply.text) as { preferredVersion?: { groupVersion?: string } };
  return found.preferredVersion?.groupVersion;
}

function kindsOf(apiVersion: string, { resources = [] }: ResourceList): readonly Kind[] {
  const [group = '', version = ''] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  const under = (plural: string): ReadonlySet<string> =>
    new Set(resources.filter(one => one.name.startsWith(`${plural}/`)).map(one => one.name.slice(plural.length + 1)));
  return resources
    .filter(one => !one.name.includes('/'))
    .map(({ name, kind, namespaced }) => ({ group, version, kind, plural: name, namespaced, subresources: under(name) }));
}
