// The texts of GRUB: the entries of grub.cfg, and the default in its settings. Pure.

export interface Entry {
  readonly id: string;
  readonly title: string;
  readonly kernel: string;
}

/** Entries of grub.cfg, a submenu's as `submenu>entry`. */
export function readEntries(cfg: string): readonly Entry[] {
  const found: Entry[] = [];
  let submenu = '';
  let current: { id: string; title: string } | undefined;
  for (const row of cfg.split('\n')) {
    const [, indent = '', word, title = '', rest = ''] = /^(\s*)(menuentry|submenu) ['"]([^'"]*)['"](.*)$/.exec(row) ?? [];
    const id = /\$menuentry_id_option ['"]([^'"]*)['"]/.exec(rest)?.[1] ?? title;
    if (word === 'submenu') submenu = id;
    if (word === 'menuentry') current = { id: indent === '' || submenu === '' ? id : `${submenu}>${id}`, title };
    const kernel = /^\s*linux(?:16|efi)?\s+(\S+)/.exec(row)?.[1];
    if (kernel && current) found.push({ ...current, kernel });
  }
  return found;
}

export function withDefault(config: string, id: string): string {
  const row = `GRUB_DEFAULT="${id}"`;
  const rows = config.replace(/\n$/, '').split('\n');
  const at = rows.findIndex(one => /^\s*GRUB_DEFAULT=/.test(one));
  return `${(at < 0 ? [...rows, row] : rows.map((one, i) => (i === at ? row : one))).join('\n')}\n`;
}
