// The script that asks a host for facts: shell built-ins and files before programs, about a dozen processes. It changes nothing.
import { lines, sh } from '../../core/shell.ts';
import type { Script } from '../../core/types.ts';
import { line, section } from './sections.ts';

/** `r NAME FILE`: the first line of a file, where it can be read. Not for /proc/sys, which dash reads a byte at a time. */
const reader = sh`r() { [ -r "$2" ] || return 0; v=; IFS= read -r v < "$2" 2>/dev/null; printf '@%s\\n\t%s\\n\n' "$1" "$v"; }`;

const platform: Script = lines(
  section('uname', sh`uname -s; uname -n; uname -r; uname -m; uname -v`),
  section('os', sh`cat /etc/os-release || cat /usr/lib/os-release`),
  sh`r debian_version /etc/debian_version; r redhat_release /etc/redhat-release; r machine_id /etc/machine-id; r init /proc/1/comm; r uptime /proc/uptime; r loadavg /proc/loadavg; r cmdline /proc/cmdline`,
  sh`f=; command -v hostname >/dev/null && f=$(hostname -f 2>/dev/null)`,
  line('fqdn', sh`"$f"`),
  section('date', sh`date '+%Y %m %d %H %M %S %s %Z %z %A %w %W'`),
  section('id', sh`id -u; id -g; id -un; id -gn; id -ur; id -gr`),
  sh`u=$(id -un 2>/dev/null); while IFS= read -r l; do case $l in "$u:"*) printf '@passwd\\n\t%s\\n\\n' "$l"; break;; esac; done < /etc/passwd`,
  section('env', sh`tr '\\n\\0' '\\001\\n' < /proc/self/environ`),
  section('resolv', sh`cat /etc/resolv.conf`),
  sh`p=; for n in apt-get dnf yum zypper apk pacman emerge; do command -v $n >/dev/null && p="$p $n"; done`,
  line('managers', sh`"$p"`),
  sh`p=; for n in systemctl rc-service initctl; do command -v $n >/dev/null && p="$p $n"; done; [ ! -d /run/systemd/system ] || p="$p booted"; [ ! -d /run/openrc ] || p="$p openrc"`,
  line('init_tools', sh`"$p"`),
  sh`p=none; if [ -e /sys/fs/selinux/enforce ]; then IFS= read -r p < /sys/fs/selinux/enforce; fi`,
  line('selinux', sh`"$p"`),
  sh`r selinux_policyvers /sys/fs/selinux/policyvers; [ ! -d /sys/kernel/security/apparmor ] || echo @apparmor; r fips /proc/sys/crypto/fips_enabled`,
  section('selinux_config', sh`cat /etc/selinux/config`),
  sh`for f in /etc/ssh/ssh_host_*_key.pub; do r "key:$f" "$f"; done`,
  sh`set -- $(ls -di / /proc/1/root/. 2>/dev/null); if [ $# = 4 ]; then [ "$1" = "$3" ] && c=no || c=yes; printf '@chroot\\n\t%s\\n\\n' "$c"; fi`,
);

const hardware: Script = lines(
  section('cpuinfo', sh`grep -E '^(processor|vendor_id|model name|physical id|siblings|cpu cores|Processor)|^$' /proc/cpuinfo`),
  section('nproc', sh`nproc`),
  section('meminfo', sh`cat /proc/meminfo`),
  sh`for n in product_name product_version product_uuid product_serial sys_vendor bios_version bios_date bios_vendor board_name board_vendor board_version board_serial board_asset_tag chassis_type chassis_vendor chassis_version chassis_serial chassis_asset_tag; do r "dmi:$n" /sys/class/dmi/id/$n; done`,
  section('mounts', sh`cat /proc/self/mounts`),
  // A dead network mount would hold the whole probe: only local devices are measured.
  sh`set --; while read -r d p t o x; do case $d in /dev/*) p=$(printf '%b' "$p"); set -- "$@" "$p";; esac; done < /proc/self/mounts`,
  sh`if [ $# -gt 0 ]; then`,
  section('sizes', sh`stat -f -c '%n\t%S\t%b\t%a\t%c\t%d' "$@"`),
  sh`fi`,
  section('uuids', sh`ls -l /dev/disk/by-uuid`),
  section('labels', sh`ls -l /dev/disk/by-label`),
  sh`for b in /sys/block/*; do [ -e "$b" ] || continue; d=\${b##*/}; for n in size removable ro queue/rotational queue/logical_block_size queue/discard_granularity device/model device/vendor device/serial; do r "disk:$d:$n" $b/$n; done; [ -e $b/device ] || printf '@disk:%s:virtual\\n\t1\\n\\n' "$d"`,
  sh`for h in $b/holders/*; do [ ! -e "$h" ] || printf '@disk:%s:holder:%s\\n\t1\\n\\n' "$d" "\${h##*/}"; done`,
  sh`for p in $b/$d*; do [ -e $p/partition ] || continue; for n in size start; do r "part:$d:\${p##*/}:$n" $p/$n; done; done; done`,
);

const network: Script = lines(
  sh`for i in /sys/class/net/*; do [ -e "$i" ] || continue; d=\${i##*/}; printf '@net:%s\\n\tyes\\n\\n' "$d"; for n in address mtu operstate type speed; do r "net:$d:$n" $i/$n; done; [ ! -d $i/bridge ] || r "net:$d:bridge" $i/bridge/bridge_id; [ ! -e $i/device ] || printf '@net:%s:device\\n\tyes\\n\\n' "$d"; r "net:$d:slaves" $i/bonding/slaves; done`,
  section('addresses', sh`ip -o addr show`),
  section('route4', sh`ip -4 route get 8.8.8.8`),
  section('route6', sh`[ ! -s /proc/net/if_inet6 ] || ip -6 route get 2404:6800:400a:800::1012`),
  section('routes', sh`cat /proc/net/route`),
);

const virtual: Script = lines(
  sh`r run_container /run/systemd/container; [ ! -e /.dockerenv ] || echo @dockerenv; [ ! -e /run/.containerenv ] || echo @containerenv; r hypervisor /sys/hypervisor/type`,
  section('init_env', sh`tr '\\0' '\\n' < /proc/1/environ | grep '^container='`),
  section('cgroup', sh`cat /proc/1/cgroup`),
  section('cpu_flags', sh`grep -m1 -o -w -E 'hypervisor' /proc/cpuinfo; grep -m1 -o -w -E 'vmx|svm' /proc/cpuinfo`),
  sh`r virt_product /sys/class/dmi/id/product_name; r virt_vendor /sys/class/dmi/id/sys_vendor; r virt_bios /sys/class/dmi/id/bios_vendor; [ ! -e /dev/kvm ] || echo @kvm; [ ! -d /proc/vz ] || echo @vz`,
);

/** Facts of the user's own: `*.fact` prints or holds JSON, or holds ini text. */
const local = (folder: string): Script =>
  lines(
    sh`for f in ${folder}/*.fact; do [ -f "$f" ] || continue; n=\${f##*/}; printf '@local:%s\\n' "\${n%.fact}"; { if [ -x "$f" ]; then "$f"; else cat "$f"; fi; } 2>/dev/null </dev/null | sed 's/^/\t/'; echo; done`,
  );

export interface Subsets {
  readonly min: boolean;
  readonly hardware: boolean;
  readonly network: boolean;
  readonly virtual: boolean;
}

export const factsProbe = (wanted: Subsets, folder: string): Script =>
  lines(
    sh`LC_ALL=C; export LC_ALL`,
    reader,
    ...(wanted.min ? [platform, local(folder)] : []),
    ...(wanted.hardware ? [hardware] : []),
    ...(wanted.network ? [network] : []),
    ...(wanted.virtual ? [virtual] : []),
  );
