// The scripts of the mount module: what it asks, and how it mounts and unmounts. Text only; it decides nothing.
import { lines, raw, sh } from '../../core/shell.ts';
import type { Script } from '../../core/types.ts';
import type { FstabEntry } from './fstab.ts';
import { isBind } from './mountinfo.ts';
import { fileSection, line, section } from './sections.ts';

export type MountAction =
  | { readonly do: 'fstab'; readonly file: string; readonly content: string; readonly backup: boolean }
  | { readonly do: 'mount' | 'remount' | 'replace'; readonly entry: FstabEntry }
  | { readonly do: 'unmount'; readonly path: string; readonly removeFolder: boolean }
  | { readonly do: 'again'; readonly path: string; readonly opts: string };

export function mountProbe({
  path,
  src,
  fstab,
}: {
  readonly path: string;
  readonly src?: string;
  readonly fstab: string;
}): Script {
  const file = src?.replace(
    /^(UUID|LABEL|PARTUUID|PARTLABEL)="?([^"]*)"?$/,
    (_all, kind: string, name: string) => `/dev/disk/by-${kind.toLowerCase()}/${name}`,
  );
  const asked = file?.startsWith('/')
    ? [
        sh`r=$(readlink -f ${file} 2>/dev/null); d=; [ ! -b "$r" ] || d=$(stat -c '%t %T' "$r")`,
        section('source', sh`printf '%s\\n%s\\n' "$r" "$d"`),
      ]
    : [];
  return lines(
    sh`[ -r /proc/self/mountinfo ] || exit 3`,
    section('mounts', sh`cat /proc/self/mountinfo`),
    sh`[ -d ${path} ] && e=yes || e=no`,
    line('folder', sh`"$e"`),
    ...asked,
    fileSection('fstab', fstab),
  );
}

/** Who holds what cannot be unmounted. */
const unmount = (path: string): Script =>
  sh`umount ${path} || { c=$?; command -v fuser >/dev/null && fuser -vm ${path} >&2; exit $c; }`;
/** A folder that was made for a mount that fails goes again. */
const mountNow = ({ src, path, fstype, opts }: FstabEntry): Script =>
  lines(
    sh`k=; [ -e ${path} ] || { mkdir -p ${path} && k=1 || exit; }`,
    sh`mount -t ${isBind(opts) ? 'none' : fstype} -o ${opts} ${src} ${path} || { c=$?; [ -z "$k" ] || rmdir ${path}; exit $c; }`,
  );
/** With the source named, the options of before do not stay. */
const remount = ({ src, path, opts }: FstabEntry): Script => sh`mount -o ${`remount,${opts}`} ${src} ${path}`;

export function mountScript(action: Exclude<MountAction, { do: 'fstab' }>): Script {
  if (action.do === 'again') return sh`mount -o ${action.opts === '' ? 'remount' : `remount,${action.opts}`} ${action.path}`;
  if (action.do === 'unmount') {
    const { path, removeFolder } = action;
    const off = sh`if grep -qF -- ${` ${path.replaceAll(' ', '\\040')} `} /proc/self/mountinfo; then ${raw(unmount(path))}; fi`;
    return lines(off, ...(removeFolder ? [sh`[ ! -d ${path} ] || rmdir ${path}`] : []));
  }
  const { entry } = action;
  if (action.do === 'mount') return mountNow(entry);
  const again = lines(unmount(entry.path), mountNow(entry));
  if (action.do === 'replace') return again;
  return sh`${raw(remount(entry))} || {\n${raw(again)}\n}`;
}
