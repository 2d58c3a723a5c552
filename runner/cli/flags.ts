// The table of verbs and flags: one row a flag. Data only; help, parsing and TSRUN_* variables are made from it.

export const verbs = {
  run: { words: 'PLAYBOOK...', help: 'bring hosts to what the playbooks say (the verb may be left out)' },
  apply: {
    words: 'FILE',
    help: 'do exactly what a saved plan says, on the hosts that are still as it saw them; --check only looks',
  },
  plan: { words: 'show FILE', help: 'show a saved plan: what changes where, what it interrupts, the diffs' },
  exec: { words: 'HOSTS', help: 'one task on the hosts of a pattern: -m MODULE -a ARGS' },
  vault: { words: 'encrypt|decrypt|view|edit|rekey FILE...', help: 'encrypted files, of Ansible Vault or age' },
  doc: { words: '[MODULE|CODE]', help: 'list the modules, or show the page of a module or of a fault code' },
  inventory: { words: '[GROUP]', help: 'show the groups and hosts of an inventory, or the variables of a host' },
  explain: {
    words: 'HOST VARIABLE [PLAYBOOK...] | HOST --task NAME PLAYBOOK...',
    help: 'show every place that sets a variable of a host, and which one wins; or why a task runs there or not',
  },
  completion: { words: 'bash|zsh|fish', help: 'print what makes this shell complete verbs, flags, hosts, tags and modules' },
  schema: {
    words: '[playbook|tasks|role|inventory]',
    help: 'JSON Schemas by which editors complete and check; --write puts them in place',
  },
  init: { words: '[FOLDER]', help: 'make a project that works at once: inventory, playbook, role, editor settings, CI' },
  lint: { words: 'PLAYBOOK...', help: 'find mistakes without connecting; like run --syntax-check' },
  undo: { words: 'RUN', help: 'put back what a run has changed, where it is still as the run left it (--check first)' },
  runs: { words: '[show RUN|prune]', help: 'the journals of runs: list them, show one, take the old ones away' },
} as const;
export type Verb = keyof typeof verbs;

/** Of the contract, but not built yet: refused by name, so that no script believes that they worked. */
// biome-ignore format: one line.
export const laterVerbs: readonly string[] = ['drift', 'graph', 'import'];
export const laterFlags: readonly string[] = ['report'];

export const groups = {
  choose: 'What to run on',
  mode: 'How',
  lists: 'Look without connecting',
  connection: 'Connection',
  become: 'Other user',
  secrets: 'Secrets',
  output: 'Output',
} as const;

export interface Flag {
  readonly name: string;
  readonly short?: string;
  /** Ansible's other spellings. */
  readonly also?: readonly string[];
  /** What it takes, for the help; a flag without it is a switch. */
  readonly takes?: string;
  readonly type?: 'number' | 'list';
  readonly choices?: readonly string[];
  readonly many?: boolean;
  readonly fallback?: string;
  readonly help: string;
  readonly group: keyof typeof groups;
  readonly verbs: readonly Verb[];
}

const playing: readonly Verb[] = ['run'];
const running: readonly Verb[] = ['run', 'exec', 'undo'];
/** What may be said again, or anew, when a plan is applied. */
const doing: readonly Verb[] = [...running, 'apply'];
const checking: readonly Verb[] = ['run', 'lint'];
const loading: readonly Verb[] = [...running, 'lint'];
const reading: readonly Verb[] = [...loading, 'inventory', 'explain'];
const keyed: readonly Verb[] = [...reading, 'vault', 'apply'];
const everywhere: readonly Verb[] = [...keyed, 'plan', 'doc', 'completion', 'schema', 'init', 'runs'];

// biome-ignore format: one row a flag.
export const flags: readonly Flag[] = [
  { name: 'inventory', short: 'i', also: ['inventory-file'], takes: 'FILE', many: true, group: 'choose', verbs: reading, help: "inventory: a file, folder, executable or 'h1,h2,' (repeatable)" },
  { name: 'limit', short: 'l', also: ['subset'], takes: 'PATTERN', group: 'choose', verbs: [...loading, 'explain'], help: 'only these hosts: a pattern or @file' },
  { name: 'tags', short: 't', takes: 'A,B', type: 'list', many: true, group: 'choose', verbs: [...checking, 'explain'], help: 'only tasks with one of these tags' },
  { name: 'skip-tags', takes: 'A,B', type: 'list', many: true, group: 'choose', verbs: [...checking, 'explain'], help: 'no task with one of these tags' },
  { name: 'extra-vars', short: 'e', takes: 'K=V', many: true, group: 'choose', verbs: [...reading, 'apply'], help: 'variables over all others: k=v, @file or JSON' },
  { name: 'roles-path', takes: 'DIR', many: true, group: 'choose', verbs: [...checking, 'explain'], help: 'more folders to look for roles in' },
  { name: 'task', takes: 'NAME', group: 'choose', verbs: ['explain'], help: 'why this task runs on the host: its name, or FILE:LINE' },
  { name: 'start-at-task', takes: 'NAME', group: 'choose', verbs: playing, help: 'begin with the task of this name' },
  { name: 'module', short: 'm', also: ['module-name'], takes: 'MODULE', fallback: 'command', group: 'choose', verbs: ['exec'], help: 'the module of the task' },
  { name: 'args', short: 'a', takes: 'ARGS', group: 'choose', verbs: ['exec'], help: 'its arguments: words, k=v or JSON' },

  { name: 'check', short: 'C', group: 'mode', verbs: doing, help: 'say what would change, change nothing' },
  { name: 'diff', short: 'D', group: 'mode', verbs: doing, help: 'show each change as a diff' },
  { name: 'forks', short: 'f', takes: 'N', type: 'number', fallback: '50', group: 'mode', verbs: doing, help: 'hosts at once' },
  { name: 'fail-on-change', group: 'mode', verbs: doing, help: 'end with 3 where something changed or would change' },
  { name: 'verify', group: 'mode', verbs: running, help: 'look again after each change: it must hold' },
  { name: 'plan', takes: 'FILE', group: 'mode', verbs: playing, help: 'a check run that also writes what it found: tsrun apply FILE does exactly that' },
  { name: 'force-handlers', group: 'mode', verbs: playing, help: 'run notified handlers on failed hosts too' },
  { name: 'resume', takes: 'RUN', group: 'mode', verbs: playing, help: 'go on where this run ended: an id, its beginning, or "last"; alone, with its command line' },
  { name: 'state', takes: 'DIR', group: 'mode', verbs: [...doing, 'runs'], help: 'folder of the journals (~/.local/state/tsrun)' },
  { name: 'step', group: 'mode', verbs: playing, help: 'ask before each task' },
  { name: 'allow', takes: 'NAME', many: true, group: 'mode', verbs: running, help: 'let this task or module destroy data' },

  { name: 'write', group: 'mode', verbs: ['schema'], help: 'write them to .tsrun/schemas, with settings of VS Code' },

  { name: 'list-hosts', group: 'lists', verbs: running, help: 'the hosts of each play' },
  { name: 'list-tasks', group: 'lists', verbs: playing, help: 'the tasks of each play' },
  { name: 'list-tags', group: 'lists', verbs: playing, help: 'the tags of each play' },
  { name: 'syntax-check', group: 'lists', verbs: running, help: 'every mistake that the files tell' },

  { name: 'graph', group: 'lists', verbs: ['inventory'], help: 'groups and hosts as a tree (the default)' },
  { name: 'vars', group: 'lists', verbs: ['inventory'], help: 'with the variables of each host' },
  { name: 'list', group: 'lists', verbs: ['inventory'], help: "all of it as the JSON of Ansible's inventory scripts" },
  { name: 'host', takes: 'HOST', group: 'lists', verbs: ['inventory', 'runs'], help: 'only this host: of an inventory its variables as JSON' },

  { name: 'user', short: 'u', takes: 'NAME', group: 'connection', verbs: doing, help: 'log in as' },
  { name: 'private-key', also: ['key-file'], takes: 'FILE', group: 'connection', verbs: doing, help: 'with this key' },
  { name: 'connection', short: 'c', takes: 'KIND', group: 'connection', verbs: running, help: 'ssh or local' },
  { name: 'timeout', short: 'T', takes: 'SECONDS', type: 'number', group: 'connection', verbs: doing, help: 'time to connect' },
  { name: 'ssh-common-args', takes: 'ARGS', group: 'connection', verbs: doing, help: "OpenSSH's -o options that tsrun knows" },
  { name: 'ask-pass', short: 'k', group: 'connection', verbs: doing, help: 'ask for the login password' },
  { name: 'connection-password-file', also: ['conn-pass-file'], takes: 'FILE', group: 'connection', verbs: doing, help: 'read it from a file' },

  { name: 'become', short: 'b', group: 'become', verbs: running, help: 'run tasks as another user' },
  { name: 'become-user', takes: 'NAME', group: 'become', verbs: running, help: 'which one (root)' },
  { name: 'become-method', takes: 'HOW', choices: ['sudo', 'su', 'doas'], group: 'become', verbs: running, help: 'sudo, su or doas' },
  { name: 'ask-become-pass', short: 'K', group: 'become', verbs: doing, help: 'ask for the password of that' },
  { name: 'become-password-file', also: ['become-pass-file'], takes: 'FILE', group: 'become', verbs: doing, help: 'read it from a file' },

  { name: 'vault-password-file', also: ['vault-pass-file'], takes: 'FILE', many: true, group: 'secrets', verbs: keyed, help: 'the vault password: a file, or a program that prints it' },
  { name: 'ask-vault-pass', also: ['ask-vault-password'], short: 'J', group: 'secrets', verbs: keyed, help: 'ask for it' },
  { name: 'vault-id', takes: 'ID@FILE', many: true, group: 'secrets', verbs: keyed, help: 'one of several: id@file or id@prompt' },
  { name: 'identity', takes: 'FILE', many: true, group: 'secrets', verbs: keyed, help: 'what age encrypted is read with the keys in this file' },
  { name: 'age-recipient', takes: 'KEY', many: true, group: 'secrets', verbs: ['vault'], help: 'encrypt by age for this public key (age1...)' },
  { name: 'new-vault-password-file', takes: 'FILE', group: 'secrets', verbs: ['vault'], help: 'rekey: the new password' },
  { name: 'new-vault-id', takes: 'ID@FILE', group: 'secrets', verbs: ['vault'], help: 'rekey: the new password with a label' },
  { name: 'name', takes: 'NAME', group: 'secrets', verbs: ['vault'], help: 'encrypt: ask for the value of this variable and print it' },

  { name: 'output', takes: 'FORM', choices: ['human', 'ndjson', 'json', 'junit', 'sarif', 'github'], fallback: 'human', group: 'output', verbs: [...loading, 'runs', 'apply'], help: 'human, ndjson, json or junit; of mistakes alone sarif or github' },
  { name: 'verbose', short: 'v', many: true, group: 'output', verbs: everywhere, help: 'say more; -vv, -vvv more still' },
  { name: 'no-color', group: 'output', verbs: everywhere, help: 'no colours' },
  { name: 'version', group: 'output', verbs: everywhere, help: 'print the version' },
  { name: 'help', short: 'h', group: 'output', verbs: everywhere, help: 'print this' },
];
