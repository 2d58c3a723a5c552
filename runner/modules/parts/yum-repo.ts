// The text of a .repo file: one section written as configparser writes it, the others left alone. Pure.
import { items } from './kinds.ts';

export interface Repository extends Readonly<Record<string, unknown>> {
  readonly name: string;
  readonly file?: string;
  readonly reposdir: string;
  readonly state: 'present' | 'absent';
  readonly description?: string;
  readonly mode?: string | number;
  readonly owner?: string;
  readonly group?: string;
}

export const FLAGS =
  'enabled,enablegroups,gpgcheck,keepalive,module_hotfixes,protect,repo_gpgcheck,s3_enabled,skip_if_unavailable,ssl_check_cert_permissions,sslverify'.split(
    ',',
  );
export const LISTS = 'baseurl,exclude,gpgkey,includepkgs'.split(',');
export const TEXTS =
  'bandwidth,cost,deltarpm_metadata_percentage,deltarpm_percentage,gpgcakey,include,metadata_expire,metalink,mirrorlist,mirrorlist_expire,priority,proxy,proxy_username,retries,sslcacert,sslclientcert,sslclientkey,throttle,timeout,ui_repoid_vars,username'.split(
    ',',
  );
export const CHOICES: Readonly<Record<string, readonly string[]>> = {
  failovermethod: ['roundrobin', 'priority'],
  http_caching: ['all', 'packages', 'none'],
  ip_resolve: ['4', '6', 'IPv4', 'IPv6', 'whatever'],
  keepcache: ['0', '1'],
  metadata_expire_filter: ['never', 'read-only:past', 'read-only:present', 'read-only:future'],
};
export const SECRETS = ['password', 'proxy_password'];
/** Sorted by name; lists are lines, as configparser writes them: behind a tab. */
function sectionText(given: Repository): string {
  const args: Repository = { ...(given['params'] as Repository | undefined), ...given };
  const options: Record<string, string> = {};
  for (const name of [...FLAGS, ...LISTS, ...TEXTS, ...Object.keys(CHOICES), ...SECRETS]) {
    const value = args[name];
    if (value === undefined || value === null) continue;
    if (FLAGS.includes(name)) options[name] = value === true ? '1' : '0';
    else if (LISTS.includes(name))
      options[name] = (Array.isArray(value) ? value.map(String) : items(value as string)).join(
        name === 'exclude' || name === 'includepkgs' ? ' ' : '\n\t',
      );
    else options[name] = String(value);
  }
  if (args.description !== undefined) options['name'] = args.description;
  const rows = Object.keys(options)
    .sort()
    .map(key => `${key} = ${options[key]}\n`);
  return `[${args.name}]\n${rows.join('')}\n`;
}

interface Section {
  readonly name: string;
  readonly text: string;
}
function sectionsOf(file: string): readonly Section[] {
  const parts = file.split(/^(?=\[)/m);
  return parts.map(text => ({ name: /^\[([^\]]*)\]/.exec(text)?.[1] ?? '', text }));
}

/** Keys and values, whatever the spaces around them: what a comparison sees. */
function meaning(text: string): string {
  const pairs: string[] = [];
  for (const row of text.split('\n')) {
    if (/^\s+\S/.test(row)) pairs.push(`${pairs.pop() ?? ''}\n${row.trim()}`);
    const [, key, value] = /^([^#;\s[][^=:]*?)\s*[=:]\s*(.*?)\s*$/.exec(row) ?? [];
    if (key) pairs.push(`${key.toLowerCase()}=${value}`);
  }
  return pairs.sort().join('\u0000');
}

export function withRepository(file: string, args: Repository): string | null {
  const all = sectionsOf(file);
  const old = all.find(one => one.name === args.name);
  const rest = all.filter(one => one.name !== args.name);
  if (args.state === 'absent') {
    if (!old) return file;
    return rest.every(one => one.name === '' && one.text.trim() === '') ? null : rest.map(one => one.text).join('');
  }
  const wanted = sectionText(args);
  if (old && meaning(old.text) === meaning(wanted)) return file;
  const before = rest.map(one => one.text).join('');
  return `${before}${before === '' || before.endsWith('\n\n') ? '' : before.endsWith('\n') ? '\n' : '\n\n'}${wanted}`;
}
