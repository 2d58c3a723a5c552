// The verb completion: a script for each shell, and the words that these scripts ask for. It connects to nothing.
import { fault } from '../core/fault.ts';
import { candidates } from './candidates.ts';
import { complain } from './complain.ts';
import type { CommandLine } from './parse.ts';
import type { World } from './world.ts';

/** Each asks `tsrun completion words -- WORD...` with the words up to the cursor: a candidate a line, a tab, what it is. */
const scripts: Readonly<Record<string, string>> = {
  // Bash splits a word at "=", which candidates() puts together again; what is no plain word is quoted.
  bash: String.raw`# bash: eval "$(tsrun completion bash)"
_tsrun() {
  local word
  COMPREPLY=()
  while IFS=$'\t' read -r word _; do
    case $word in *[!A-Za-z0-9_,.:/@=-]*) printf -v word %q "$word" ;; esac
    COMPREPLY+=("$word")
  done < <(tsrun completion words -- "${'$'}{COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -o bashdefault -F _tsrun tsrun
`,
  zsh: String.raw`#compdef tsrun
# zsh: eval "$(tsrun completion zsh)" after compinit, or as a file _tsrun in a folder of fpath
_tsrun() {
  local -a found
  local word about
  while IFS=$'\t' read -r word about; do
    found+=("${'$'}{word//:/\\:}:$about")
  done < <(tsrun completion words -- "${'$'}{(@)words[2,CURRENT]}" 2>/dev/null)
  if (( ${'$'}{#found} )); then _describe tsrun found; else _files; fi
}
[ "$funcstack[1]" = _tsrun ] && _tsrun "$@" || compdef _tsrun tsrun
`,
  fish: `# fish: tsrun completion fish | source
complete -c tsrun -a '(tsrun completion words -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
`,
};

export async function completionVerb(line: CommandLine, world: World): Promise<number> {
  const [shell = '', ...words] = line.words;
  if (shell === 'words') {
    const found = await candidates(words, world);
    world.out.write(found.map(({ word, about }) => `${word}\t${about}\n`).join(''));
    return 0;
  }
  const script = Object.hasOwn(scripts, shell) && words.length === 0 ? scripts[shell] : undefined;
  if (script === undefined) return complain(line, world, [unknownShell(shell)]);
  world.out.write(script);
  return 0;
}

const unknownShell = (shell: string): ReturnType<typeof fault> =>
  fault('E463', {
    what: shell === '' ? 'tsrun completion names no shell' : `no completion for "${shell}"`,
    why: 'there is one for bash, zsh and fish',
    mend: 'eval "$(tsrun completion bash)" in ~/.bashrc',
  });
