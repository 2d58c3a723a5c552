// The short name of a module or word, as its file has it. Knows no module.

const collections: ReadonlySet<string> = new Set([
  'ansible.builtin',
  'ansible.legacy',
  'ansible.posix',
  'community.general',
  'community.kubernetes',
  'community.mysql',
  'kubernetes.core',
]);

/** `ansible.builtin.copy` -> `copy`; a name of a collection that is not ours stays as it is. */
export function shortName(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 && collections.has(name.slice(0, dot)) ? name.slice(dot + 1) : name;
}
