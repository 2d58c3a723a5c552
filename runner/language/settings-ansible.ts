// The few settings of ansible.cfg that mean the same here, with a note of what was read and what was not.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { fault } from '../core/fault.ts';
import type { Source } from '../core/source.ts';
import type { Span } from '../core/types.ts';
import { kindOf, type Reading, readSource } from './read-source.ts';
import type { SettingName } from './settings.ts';

/** Ours by the name that Ansible has in [defaults]. */
const ours: Readonly<Record<string, SettingName>> = {
  inventory: 'inventory',
  forks: 'forks',
  remote_user: 'user',
  private_key_file: 'private_key',
  host_key_checking: 'host_key_checking',
  roles_path: 'roles_path',
};

export interface AnsibleSetting {
  readonly name: SettingName;
  readonly text: string | readonly string[];
  readonly at: Span;
}

export function readAnsibleSettings(cwd: string, reading: Reading): readonly AnsibleSetting[] {
  const path = join(cwd, 'ansible.cfg');
  if (kindOf(path) !== 'file') return [];
  if ((statSync(cwd).mode & 0o002) !== 0) {
    const why = 'everybody may write into this folder, and so could plant settings';
    reading.faults.push(fault('W942', { what: 'ansible.cfg is not read', why, mend: `run: chmod o-w ${cwd}` }));
    return [];
  }
  const from = readSource(path, reading);
  return from ? sort(from, reading) : [];
}

function sort(from: Source, reading: Reading): readonly AnsibleSetting[] {
  const taken: AnsibleSetting[] = [];
  const left: string[] = [];
  for (const { section, key, text, at } of readIni(from)) {
    const name = section === 'defaults' ? ours[key] : undefined;
    if (name) taken.push({ name, text: name === 'inventory' && !text.endsWith(',') ? text.split(/\s*,\s*/) : text, at });
    else left.push(section === 'defaults' ? key : `[${section}] ${key}`);
  }
  if (taken.length + left.length > 0) {
    const what = `ansible.cfg: read ${taken.map(one => one.name).join(', ') || 'nothing'}`;
    const why = left.length > 0 ? `left out: ${left.join(', ')}` : 'all of it means the same here';
    const mend = 'put the settings into tsrun.yaml beside the playbook, under the names of the flags';
    reading.faults.push(fault('W942', { what, at: { file: from.file, line: 1, col: 1 }, why, mend }));
  }
  return taken;
}

interface IniLine {
  readonly section: string;
  readonly key: string;
  readonly text: string;
  readonly at: Span;
}

function readIni(from: Source): readonly IniLine[] {
  const found: IniLine[] = [];
  let section = '';
  from.text.split(/\r?\n/).forEach((line, index) => {
    const header = /^\s*\[([^\]]+)\]/.exec(line);
    if (header) section = (header[1] as string).trim();
    // A line that is indented goes on the line before, and none of ours has more than one.
    const pair = /^([A-Za-z_][\w.-]*)\s*[=:]\s*(.*)$/.exec(line);
    if (!pair) return;
    const [, key = '', value = ''] = pair;
    const text = value.replace(/\s+;.*$/, '').trim();
    found.push({ section, key, text, at: { file: from.file, line: index + 1, col: 1, length: key.length } });
  });
  return found;
}
