// ansible_ssh_common_args and its kin: the ssh options that we have, and the names of the others. Pure.
import { splitWords } from './words.ts';

export interface SshOptions {
  readonly knownHostsFiles?: readonly string[];
  readonly hostKeyChecking?: 'yes' | 'no' | 'accept-new' | 'ask';
  readonly identitiesOnly?: boolean;
  readonly identityFiles: readonly string[];
  readonly jump?: readonly string[];
  readonly port?: number;
  readonly user?: string;
  readonly connectTimeout?: number;
  /** `HostName` of a configuration: the address behind the name. */
  readonly hostName?: string;
  /** `-F`: the configuration to read. */
  readonly configFile?: string;
  readonly more: Readonly<Record<string, unknown>>;
  /** Options that are not honoured. */
  readonly unknown: readonly string[];
}

const yes = (value: string): boolean => /^(yes|true|on|1)$/i.test(value);
const flags: Readonly<Record<string, string>> = { i: 'IdentityFile', p: 'Port', l: 'User', J: 'ProxyJump', F: 'ConfigFile' };
/** They change nothing here: there is one connection a host, without multiplexing, terminal or forwarding. */
const harmless = new Set([
  'controlmaster',
  'controlpersist',
  'controlpath',
  'batchmode',
  'loglevel',
  'requesttty',
  'compression',
  'forwardagent',
  'forwardx11',
  'passwordauthentication',
  'pubkeyauthentication',
  'preferredauthentications',
  'numberofpasswordprompts',
  'gssapiauthentication',
  'gssapidelegatecredentials',
  'tcpkeepalive',
  'addkeystoagent',
  'visualhostkey',
  'updatehostkeys',
  'checkhostip',
]);

export type SshPair = readonly [name: string, value: string];

/** `-o Name=value`, `-oName value`, `-i FILE`, `-p 22`, `-J host`; flags without a value come with an empty one. */
function pairsOf(text: string): readonly SshPair[] {
  const found = splitWords(text);
  const words = 'why' in found ? text.trim().split(/\s+/) : found.words.map(word => word.text);
  const pairs: SshPair[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] as string;
    const letter = /^-([a-zA-Z])/.exec(word)?.[1];
    if (letter === 'o' || (letter && flags[letter])) {
      const value = word.length > 2 ? word.slice(2) : (words[++at] ?? '');
      const option = letter === 'o' ? /^\s*([A-Za-z0-9]+)\s*[=\s]\s*(.*)$/s.exec(value) : undefined;
      pairs.push(letter === 'o' ? [option?.[1] ?? value, option?.[2] ?? ''] : [flags[letter] as string, value]);
    } else if (word !== '') pairs.push([word, '']);
  }
  return pairs;
}

const checking = (value: string): NonNullable<SshOptions['hostKeyChecking']> => {
  const word = value.toLowerCase();
  if (word === 'ask' || word === 'accept-new') return word;
  return word === 'no' || word === 'off' || word === 'false' ? 'no' : 'yes';
};

type Draft = { -readonly [K in keyof SshOptions]: SshOptions[K] };

const readers: Readonly<Record<string, (into: Draft, value: string) => void>> = {
  userknownhostsfile: (into, value) => void (into.knownHostsFiles ??= value.split(/\s+/)),
  stricthostkeychecking: (into, value) => void (into.hostKeyChecking ??= checking(value)),
  identitiesonly: (into, value) => void (into.identitiesOnly ??= yes(value)),
  identityfile: (into, value) => void (into.identityFiles = [...into.identityFiles, value]),
  proxyjump: (into, value) => void (into.jump ??= /^none$/i.test(value) ? [] : value.split(',').map(hop => hop.trim())),
  hostname: (into, value) => void (into.hostName ??= value),
  configfile: (into, value) => void (into.configFile ??= value),
  port: (into, value) => void (into.port ??= Number(value)),
  user: (into, value) => void (into.user ??= value),
  connecttimeout: (into, value) => void (into.connectTimeout ??= Number(value)),
  identityagent: (into, value) => void (into.more = { agent: value, ...into.more }),
  serveraliveinterval: (into, value) => void (into.more = { serverAliveInterval: Number(value), ...into.more }),
  serveralivecountmax: (into, value) => void (into.more = { serverAliveCountMax: Number(value), ...into.more }),
};

/** Of a configuration file these are told where they are not honoured: without them a host is not reached, or not as safely as was
 *  meant. Its other options are for people at a terminal. */
const telling = new Set([
  'proxycommand',
  'certificatefile',
  'pkcs11provider',
  'hostkeyalias',
  'canonicalizehostname',
  'bindaddress',
  'bindinterface',
  'kexalgorithms',
  'ciphers',
  'macs',
  'hostkeyalgorithms',
  'pubkeyacceptedalgorithms',
]);

/** As with ssh, the first value of an option counts: `texts` are arguments, `config` comes from files. */
export function sshOptions(texts: readonly string[], config: readonly SshPair[] = []): SshOptions {
  const into: Draft = { identityFiles: [], more: {}, unknown: [] };
  const take = ([name, value]: SshPair, isUnknown: (word: string) => boolean): void => {
    const word = name.toLowerCase();
    const reader = readers[word];
    if (reader) reader(into, value);
    else if (isUnknown(word)) into.unknown = [...into.unknown, name];
  };
  for (const pair of texts.flatMap(pairsOf)) take(pair, word => !harmless.has(word));
  for (const pair of config) take(pair, word => telling.has(word) && !/^(none|no)$/i.test(pair[1]));
  return into;
}
