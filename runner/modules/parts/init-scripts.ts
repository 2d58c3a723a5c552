// Services without systemd: OpenRC and init scripts of System V. Their probe and deeds; it decides nothing.
import { lines, raw, sh } from '../../core/shell.ts';
import type { Script } from '../../core/types.ts';
import { line, plain } from './sections.ts';
import type { Sections } from './sections.ts';

export interface InitScript {
  readonly kind: 'openrc' | 'sysv' | 'none';
  readonly found: boolean;
  readonly running: boolean;
  readonly enabled: boolean;
}
export interface ScriptWords {
  readonly name: string;
  readonly pattern?: string;
  readonly runlevel: string;
  readonly arguments: string;
}

/** Without a status of its own, a script is judged by the pattern in the list of processes, as Ansible does. */
export function scriptProbe({ name, pattern, runlevel }: ScriptWords): Script {
  const init = `/etc/init.d/${name}`;
  const status = pattern === undefined ? sh`${init} status` : sh`ps ww -ef | grep -v grep | grep -F -- ${pattern}`;
  return lines(
    sh`k=none f=no r=no e=no; [ -x ${init} ] && f=yes`,
    sh`if command -v rc-service >/dev/null; then k=openrc; rc-service ${name} status >/dev/null 2>&1 </dev/null && r=yes`,
    sh`for l in /etc/runlevels/${runlevel}/${name}; do [ -e "$l" ] && e=yes; done`,
    sh`elif [ $f = yes ] || command -v service >/dev/null; then k=sysv; [ $f = no ] || ! { ${raw(status)}; } >/dev/null 2>&1 </dev/null || r=yes`,
    sh`for l in /etc/rc[2-5].d/S??${name} /etc/rc.d/rc[2-5].d/S??${name}; do [ ! -e "$l" ] || e=yes; done; fi`,
    line('script', sh`"$k $f $r $e"`),
  );
}

export function readScript(sections: Sections): InitScript {
  const [kind = 'none', found, running, enabled] = plain(sections, 'script').split(' ');
  return { kind: kind as InitScript['kind'], found: found === 'yes', running: running === 'yes', enabled: enabled === 'yes' };
}

export interface ScriptAction {
  readonly do: 'script';
  readonly kind: InitScript['kind'];
  readonly verb: 'start' | 'stop' | 'restart' | 'reload' | 'enable' | 'disable';
  readonly words: ScriptWords;
  readonly sleep: number;
}

export function scriptDeed({ kind, verb, words, sleep }: ScriptAction): Script {
  const { name, runlevel } = words;
  if (verb === 'enable' || verb === 'disable') return enabling(kind, verb, name, runlevel);
  const extra = words.arguments.split(/\s+/).filter(Boolean);
  const call = (word: string) =>
    kind === 'openrc'
      ? sh`rc-service ${name} ${word} ${extra} </dev/null`
      : sh`${`/etc/init.d/${name}`} ${word} ${extra} </dev/null`;
  // Some scripts cannot restart by themselves what takes long to stop.
  return verb === 'restart' && sleep > 0 ? lines(call('stop'), sh`sleep ${sleep}`, call('start')) : call(verb);
}

function enabling(kind: InitScript['kind'], verb: 'enable' | 'disable', name: string, runlevel: string): Script {
  const on = verb === 'enable';
  if (kind === 'openrc') return sh`rc-update ${on ? 'add' : 'del'} ${name} ${runlevel}`;
  const debian = on ? sh`update-rc.d ${name} defaults && update-rc.d ${name} enable` : sh`update-rc.d ${name} disable`;
  return lines(
    sh`if command -v update-rc.d >/dev/null; then ${raw(debian)}`,
    sh`elif command -v chkconfig >/dev/null; then chkconfig ${name} ${on ? 'on' : 'off'}`,
    sh`else echo 'neither update-rc.d nor chkconfig is on this host' >&2; exit 1; fi`,
  );
}
