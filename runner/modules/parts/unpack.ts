// An archive unpacked on the host, and for one of the runner the receipt that it leaves. Steps alone; nothing is decided.
import { lines, raw, sh } from '../../core/shell.ts';
import type { Blob, Script, Step } from '../../core/types.ts';
import { type ArchiveArgs, attributesScript, differScript, kindScript, ownScript, unpackScript } from './archive.ts';

export type Unpacking = {
  readonly archive: Blob | string;
  readonly args: ArchiveArgs;
  readonly store: string;
  readonly dest: string;
};

/** Times, sizes, owners and modes of what a receipt names: the same text as when it was written means nothing changed. */
export const stateScript = sh`while IFS= read -r f; do if [ -d "$p/$f" ] && [ ! -L "$p/$f" ]; then stat -c %f/%u/%g/%n -- "$p/$f"; else stat -c %f/%u/%g/%s/%Y/%n -- "$p/$f"; fi 2>/dev/null || echo "-/$p/$f"; done`;

export function unpackSteps({ archive, args, store, dest }: Unpacking): readonly Step[] {
  const unpack = (path: Script): Script =>
    lines(sh`set -e; p=${dest}; a=${raw(path)}; ${raw(kindScript)}`, unpackScript(args), ownScript(args));
  if (typeof archive === 'string') return [{ run: { sh: unpack(sh`${archive}`) } }];
  const packed = `${store}.archive`;
  const folder = store.slice(0, store.lastIndexOf('/'));
  const keep = sh`printf '%s\\n' "$n" | while IFS= read -r f; do f=\${f#/}; echo "\${f%/}"; done >${store}.names; ${raw(stateScript)} <${store}.names >${store}.state`;
  return [
    { run: { sh: sh`mkdir -p -m 0755 -- ${folder}` } },
    { put: packed, content: archive, mode: 0o600 },
    {
      run: {
        sh: lines(
          sh`trap 'rm -f -- "$a"' EXIT; a=${packed}; p=${dest}; ${raw(kindScript)}`,
          // The archive was sent because nobody knew; if all is as in it, the receipt is all that is written.
          sh`d=$(${raw(differScript(args))} || :); printf '%s\\0' "$d"; ${raw(attributesScript(args))}; printf '\\0'`,
          unpack(sh`${packed}`),
          keep,
        ),
      },
    },
  ];
}
