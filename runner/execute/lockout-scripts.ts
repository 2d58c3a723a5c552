// The scripts by which a host takes a change back by itself: kept images, a watch that runs on its own, the way back. Pure.
import { createHash } from 'node:crypto';
import { asWritten, lines, raw, sh } from '../core/shell.ts';
import type { Script } from '../core/types.ts';

/** What a change may lock out, with its own way back beside the files. */
export type Kind = 'ssh' | 'sudo' | 'login' | 'firewall' | 'network' | 'told';

export interface Arming {
  readonly id: string;
  /** Seconds until the host takes it back. */
  readonly within: number;
  readonly paths: readonly string[];
  readonly kinds: readonly Kind[];
  /** The user's own command after the files are back. */
  readonly reload?: string;
}

/** A folder of root's that a boot empties, else in the home folder. */
const place = (id: string): Script => sh`d=/run; [ -w /run ] || d=\${HOME:-/tmp}; D=$d/.tsrun-guard-${id}`;

/** By the clock of the boot: it does not jump. */
const uptime = sh`read -r up _ </proc/uptime; up=\${up%%.*}`;
const write = sh`>"$D/state.new" && mv -f "$D/state.new" "$D/state"`;

const keyOf = (path: string): string => createHash('sha256').update(path).digest('hex').slice(0, 24);

/** The first image counts: what the run found. Of a folder only its mode and owner are kept. */
function keep(path: string): Script {
  const key = keyOf(path);
  const back = lines(
    sh`p=${path}; k="$D/b/"${key}`,
    sh`if [ -e "$k.gone" ]; then rm -f -- "$p"`,
    sh`elif [ -e "$k.dir" ]; then read -r m o <"$k.dir"; chmod "$m" "$p"; chown "$o" "$p"`,
    sh`else rm -rf -- "$p.tsrun-back"; cp -a -- "$k" "$p.tsrun-back" && mv -f -- "$p.tsrun-back" "$p"; fi`,
  );
  return lines(
    sh`p=${path}; k="$D/b/"${key}`,
    sh`if ! [ -e "$k" ] && ! [ -L "$k" ] && ! [ -e "$k.gone" ] && ! [ -e "$k.dir" ]; then`,
    sh`if [ -L "$p" ] || [ -f "$p" ]; then cp -a -- "$p" "$k"; elif [ -d "$p" ]; then stat -c '%a %u:%g' -- "$p" >"$k.dir"; else : >"$k.gone"; fi || exit`,
    sh`printf '%s\\n' ${back} >>"$D/back"; fi`,
  );
}

const restarted = (units: string): Script =>
  asWritten(`for u in ${units}; do
if [ -d /run/systemd/system ]; then systemctl cat $u.service >/dev/null 2>&1 && { systemctl reset-failed $u; systemctl restart $u; }
elif [ -x /etc/init.d/$u ]; then /etc/init.d/$u restart; fi
done`);

const before: Readonly<Partial<Record<Kind, Script>>> = {
  firewall: asWritten(`[ ! -d /etc/firewalld ] || cp -a /etc/firewalld "$D/firewalld"
nft list ruleset >"$D/nft" 2>/dev/null; iptables-save >"$D/ipt4" 2>/dev/null; ip6tables-save >"$D/ipt6" 2>/dev/null
for u in firewalld nftables ufw; do ! systemctl is-active --quiet $u 2>/dev/null || : >"$D/on.$u"; done`),
};

const after: Readonly<Partial<Record<Kind, Script>>> = {
  ssh: restarted('ssh sshd'),
  firewall:
    asWritten(`if [ -d "$D/firewalld" ]; then rm -rf /etc/.tsrun-firewalld; cp -a "$D/firewalld" /etc/.tsrun-firewalld && rm -rf /etc/firewalld && mv /etc/.tsrun-firewalld /etc/firewalld; fi
for u in firewalld nftables ufw; do [ -e "$D/on.$u" ] || systemctl stop $u 2>/dev/null; done
if [ -e "$D/on.firewalld" ]; then firewall-cmd --reload || systemctl restart firewalld
elif command -v nft >/dev/null; then { echo flush ruleset; cat "$D/nft"; } | nft -f -
else for v in 4:iptables 6:ip6tables; do
i=\${v#*:}; s=$D/ipt\${v%%:*}
command -v $i >/dev/null || continue
if [ -s "$s" ]; then $i-restore <"$s"
else for c in INPUT FORWARD OUTPUT; do $i -P $c ACCEPT; done; for t in filter nat mangle raw; do $i -t $t -F; $i -t $t -X; done; fi
done; fi`),
  network: asWritten(`! command -v netplan >/dev/null || netplan apply
if systemctl is-active --quiet NetworkManager; then nmcli connection reload; systemctl restart NetworkManager; fi
if systemctl is-active --quiet systemd-networkd; then networkctl reload || systemctl restart systemd-networkd; fi`),
};

const wayBack = (id: string): Script =>
  lines(
    place(id),
    sh`mkdir "$D/decided" 2>/dev/null || exit 3`,
    sh`{ . "$D/back"; [ ! -e "$D/after" ] || . "$D/after"; } >"$D/log" 2>&1`,
    sh`logger -t tsrun "took a change back: no new connection was confirmed" 2>/dev/null`,
    sh`: >"$D/reverted"`,
  );

/** Runs apart from any session. `until`: a time of the clock of the boot; `while`: as long as the runner's shell lives. */
const watch = (id: string, within: number): Script =>
  lines(
    sh`trap '' HUP; cd /`,
    place(id),
    sh`while sleep 1; do`,
    sh`[ -d "$D" ] && ! [ -e "$D/decided" ] || exit 0`,
    sh`read -r how what <"$D/state" || continue`,
    uptime,
    sh`case $how in until) [ "$up" -lt "$what" ] || break;;`,
    sh`while) kill -0 "$what" 2>/dev/null || { echo until $((up + ${within})) ${raw(write)}; };; esac`,
    sh`done`,
    sh`sh "$D/revert"; n=0; while [ -d "$D" ] && [ $n -lt 600 ]; do n=$((n+1)); sleep 1; done; rm -rf -- "$D"`,
  );

/** Goes before the deed, in the same batch: where nothing can be kept, nothing is changed. */
export function armScript({ id, within, paths, kinds, reload }: Arming): Script {
  const ways = kinds.filter(kind => before[kind] || after[kind]);
  return lines(
    place(id),
    sh`umask 077; if ! [ -d "$D" ]; then mkdir -- "$D" && mkdir -- "$D/b" || exit; : >"$D/back"`,
    sh`printf '%s\\n' ${watch(id, within)} >"$D/watch" && printf '%s\\n' ${wayBack(id)} >"$D/revert" || exit; fi`,
    sh`if [ -e "$D/decided" ]; then echo 'an earlier change of this run was taken back' >&2; exit 75; fi`,
    ...paths.map(keep),
    ...ways.map(kind =>
      lines(
        sh`if ! [ -e "$D/kind."${kind} ]; then : >"$D/kind."${kind}`,
        before[kind] ?? sh`:`,
        sh`printf '%s\\n' ${after[kind] ?? ''} >>"$D/after"; fi`,
      ),
    ),
    reload === undefined
      ? sh``
      : sh`printf '%s\\n' ${reload} >"$D/reload"; [ -e "$D/kind.told" ] || { : >"$D/kind.told"; echo '. "$D/reload"' >>"$D/after"; }`,
    uptime,
    sh`echo until $((up + ${within})) ${raw(write)} || exit`,
    sh`[ -e "$D/watching" ] || { : >"$D/watching"; ${raw(detached)}; }`,
  );
}

/** It must hold neither the streams nor the lock of the session. */
const detached = sh`if [ -d /run/systemd/system ] && [ "$(id -u)" = 0 ] && systemd-run --quiet --collect --unit="\${D##*/.}" sh "$D/watch" 2>/dev/null; then :; else ( trap '' HUP; s=; ! command -v setsid >/dev/null || s=setsid; exec $s sh "$D/watch" </dev/null >/dev/null 2>&1 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- ) & fi`;

/** A new connection worked: from now on the change stands as long as this run lives. Exits 3 where it was taken back. */
export const standScript = (id: string): Script =>
  lines(place(id), sh`if [ -e "$D/decided" ] || ! [ -d "$D" ]; then exit 3; fi; echo while $$ ${raw(write)}`);

/** It stays. Exits 3 where it was taken back. */
export const disarmScript = (id: string): Script =>
  lines(place(id), sh`mkdir "$D/decided" 2>/dev/null || exit 3; rm -rf -- "$D"`);

/** Takes it back now, or waits until it is, and clears up: the runner has told of it. */
export const revertScript = (id: string): Script =>
  lines(
    place(id),
    sh`sh "$D/revert"; n=0; while [ $n -lt 60 ]; do if [ -e "$D/reverted" ]; then rm -rf -- "$D"; exit 0; fi; n=$((n+1)); sleep 1; done; exit 1`,
  );
