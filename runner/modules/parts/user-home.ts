// The scripts that make a home folder and an ssh key for a user that is there. Text only.
import { lines, raw, sh } from '../../core/shell.ts';
import type { Script } from '../../core/types.ts';
import type { UserArgs } from './user-plan.ts';

/** As useradd makes it: a copy of the skeleton, owned by the user, with the mode that login.defs says. */
export const homeScript = (args: UserArgs, home: string): Script =>
  lines(
    sh`set -e; u=$(id -u ${args.name}); g=$(id -g ${args.name})`,
    sh`mkdir -p ${home.slice(0, home.lastIndexOf('/')) || '/'}`,
    sh`s=${args.skeleton ?? '/etc/skel'}; if [ -d "$s" ]; then cp -R "$s" ${home}; else mkdir ${home}; fi`,
    sh`m=${args.umask ?? ''}; [ -n "$m" ] || m=$(awk '$1 == "UMASK" { print $2 }' /etc/login.defs 2>/dev/null); [ -n "$m" ] || m=022`,
    sh`chown -R "$u:$g" ${home}; chmod "$(printf '%o' $((0777 & ~0$m)))" ${home}`,
  );

export function keyScript(args: UserArgs, file: string, home: string): Script {
  const path = file.startsWith('/') ? file : `${home}/${file}`;
  const folder = path.slice(0, path.lastIndexOf('/')) || '/';
  const bits = args.ssh_key_bits > 0 ? ['-b', args.ssh_key_bits] : [];
  const comment = args.ssh_key_comment === undefined ? sh`"ansible-generated on $(uname -n)"` : sh`${args.ssh_key_comment}`;
  return lines(
    sh`set -e; umask 077; g=$(id -g ${args.name})`,
    sh`[ -d ${folder} ] || { mkdir ${folder}; chown ${args.name}:"$g" ${folder}; }`,
    sh`ssh-keygen -q -t ${args.ssh_key_type} ${bits} -N ${args.ssh_key_passphrase ?? ''} -f ${path} -C ${raw(comment)}`,
    sh`chown ${args.name}:"$g" ${path} ${`${path}.pub`}; chmod 644 ${`${path}.pub`}`,
  );
}
