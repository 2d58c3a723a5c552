// What all package managers share: which one a host has, what an install may touch, how its answer reads. It runs none.
import { lines, raw, sh } from '../../core/shell.ts';
import type { Change, Fact, Footprint, JsonSchema, Output, Script, Step, Vars } from '../../core/types.ts';
import { splitLines } from './execution.ts';

export interface PackageAction {
  readonly script: Script;
}

/** Sets `$m`. The release file comes first: a host of one family may have the other's tools too. */
export const findManager: Script = lines(
  sh`m=none; i=$(. /etc/os-release 2>/dev/null; echo " $ID $ID_LIKE ")`,
  sh`case $i in`,
  sh`*' debian '*|*' ubuntu '*) command -v apt-get >/dev/null && m=apt;;`,
  sh`*' rhel '*|*' fedora '*|*' centos '*) for p in dnf yum; do [ $m != none ] || ! command -v $p >/dev/null || m=$p; done;;`,
  sh`*suse*) command -v zypper >/dev/null && m=zypper;;`,
  sh`*' alpine '*) command -v apk >/dev/null && m=apk;;`,
  sh`esac`,
  sh`if [ $m = none ]; then for p in apt-get dnf yum zypper apk; do [ $m = none ] && command -v $p >/dev/null && m=\${p%-get}; done; fi`,
);

/** Nobody knows what an install script does; a dependency comes or goes under another name. */
export const packageTouches: readonly Footprint[] = ['package:', 'unit:', 'user:', 'group:', 'file:/', 'port:', 'module:'];

export const packageKinds: JsonSchema = {
  rc: { type: 'integer' },
  stdout: { type: 'string' },
  stderr: { type: 'string' },
  stdout_lines: { type: 'array', items: { type: 'string' } },
  stderr_lines: { type: 'array', items: { type: 'string' } },
  msg: { type: 'string' },
  results: { type: 'array', items: { type: ['string', 'object'] } },
  cache_updated: { type: 'boolean' },
  cache_update_time: { type: 'integer' },
};

/** Another version or none of what is there: its services are restarted or stopped by its scripts. */
const HARMLESS: ReadonlySet<string> = new Set(['update', 'clean', 'autoclean']);
const ABSENT: ReadonlySet<string> = new Set(['absent', '', 'configuration']);

/** One transaction for all names: one change, and one fact for each name. */
export function packageChange(
  verb: string,
  was: readonly { readonly name: string; readonly before: string; readonly after: string }[],
  script: Script,
  is: 'present' | 'absent' = 'present',
): Change<PackageAction> {
  const text = (side: 'before' | 'after') => was.map(one => `${one.name} ${one[side]}\n`).join('');
  const first = was.slice(0, 8).map(one => one.name);
  const names = first.join(', ') + (was.length > first.length ? ` and ${was.length - first.length} more` : '');
  const interrupts = !HARMLESS.has(verb) && was.some(one => !ABSENT.has(one.before));
  return {
    summary: `${verb} ${names}`,
    diff: { target: 'packages', before: text('before'), after: text('after') },
    touches: packageTouches,
    foretells: was.map((one): Fact => ({ package: one.name, is })),
    impact: interrupts ? 'restart' : 'none',
    action: { script },
  };
}

export const packageSteps = ({ script }: PackageAction): readonly Step[] => [{ run: { sh: script } }];

export function packageResult(outputs: readonly Output[]): Vars {
  const last = outputs.at(-1);
  if (!last) return {};
  const stdout = last.text();
  const stderr = Buffer.from(last.stderr).toString('utf8');
  return { rc: last.code, stdout, stderr, stdout_lines: splitLines(stdout), stderr_lines: splitLines(stderr) };
}

/** Waits for the process whose id a lock file names; says who it is when the time is up. */
export const waitForLock = (files: Script, seconds: number): Script =>
  lines(
    sh`n=0; while h=; for f in ${raw(files)}; do [ -s "$f" ] && read -r p < "$f" && kill -0 "$p" 2>/dev/null && [ "$p" != $$ ] && h=$p; done; [ -n "$h" ]; do`,
    sh`[ $n -lt ${seconds} ] || { read -r c < /proc/$h/comm; echo "the package lock is held by process $h ($c)" >&2; exit 75; }`,
    sh`n=$((n+1)); sleep 1; done`,
  );
