import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readSettings } from '../../runner/language/settings.ts';
import { scratch } from '../support/scratch.ts';

function settings(files: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}) {
  const cwd = scratch({ 'play/x': '', ...files });
  chmodSync(cwd, 0o755);
  const found = readSettings({ cwd, playbookDir: 'play', home: join(cwd, 'home'), env });
  const codes = found.faults.map(({ code, at }) => `${code}${at ? ` ${at.file}:${at.line}:${at.col}` : ''}`);
  return { cwd, codes, ...found };
}

describe('settings', () => {
  test('come from the playbook over the user over ansible.cfg, and from variables over all', () => {
    const { settings: found, codes } = settings(
      {
        'ansible.cfg': '[defaults]\nforks=1\nremote_user=cfg\nhost_key_checking = False\n',
        'home/.config/tsrun/tsrun.yaml': 'forks: 2\nuser: me\ntimeout: 9\n',
        'play/tsrun.yaml': 'forks: 3\nbecome: true\n',
      },
      { TSRUN_FORKS: '4', TSRUN_BECOME_METHOD: 'doas', TSRUN_OTHER: 'x' },
    );
    expect(found).toEqual({ forks: 4, user: 'me', timeout: 9, become: true, become_method: 'doas', host_key_checking: false });
    expect(codes).toEqual(['W942 ansible.cfg:1:1']);
  });

  test('have paths relative to the file that says them', () => {
    const files = {
      'play/tsrun.yaml': 'inventory: [../inv, "h1,h2"]\nprivate-key: ~/.ssh/id\nroles_path: roles:/srv/roles\n',
      'ansible.cfg': '[defaults]\ninventory = a, b\n',
    };
    const { cwd, settings: found } = settings(files);
    expect(found).toEqual({
      inventory: [join(cwd, 'inv'), 'h1,h2'],
      private_key: join(cwd, 'home/.ssh/id'),
      roles_path: [join(cwd, 'play/roles'), '/srv/roles'],
    });
    const { cwd: other, settings: ansible } = settings({ 'ansible.cfg': files['ansible.cfg'] });
    expect(ansible).toEqual({ inventory: [join(other, 'a'), join(other, 'b')] });
  });

  test("the user's folder is where XDG says", () => {
    const cwd = scratch({ 'xdg/tsrun/tsrun.yaml': 'forks: 7\n' });
    const found = readSettings({ cwd, playbookDir: '.', home: undefined, env: { XDG_CONFIG_HOME: join(cwd, 'xdg') } });
    expect(found).toEqual({ settings: { forks: 7 }, faults: [] });
  });

  test.each([
    ['frks: 3\n', 'E416 play/tsrun.yaml:1:1', '"forks"'],
    ['retries: 3\n', 'E416 play/tsrun.yaml:1:1', 'one of'],
    ['forks: many\n', 'E416 play/tsrun.yaml:1:8', 'whole number'],
    ['forks: 0\n', 'E416 play/tsrun.yaml:1:8', 'whole number'],
    ['become: maybe\n', 'E416 play/tsrun.yaml:1:9', 'true or false'],
    ['become_method: runas\n', 'E416 play/tsrun.yaml:1:16', 'doas'],
    ['inventory: { a: 1 }\n', 'E416 play/tsrun.yaml:1:12', 'path'],
    ['user: 5\n', 'E416 play/tsrun.yaml:1:7', 'text'],
    ['- forks\n', 'E416 play/tsrun.yaml:1:1', 'NAME'],
    ['forks: [\n', 'E102 play/tsrun.yaml:2:1', ''],
  ])('%s is a fault at its place', (text, place, mend) => {
    const { codes, faults } = settings({ 'play/tsrun.yaml': text });
    expect(codes).toEqual([place]);
    expect(faults[0]?.mend).toContain(mend);
  });

  test('a variable that cannot be used is a fault of its name', () => {
    const { faults } = settings({}, { TSRUN_FORKS: 'x' });
    expect(faults).toMatchObject([{ code: 'E416', what: 'TSRUN_FORKS cannot be "x"' }]);
  });

  test('all that ansible.cfg says beyond ours is named in one note', () => {
    const { faults, settings: found } = settings({
      'ansible.cfg': '[defaults]\nforks = 5 ; many\ngathering = smart\n[ssh_connection]\npipelining = True\n',
    });
    expect(found).toEqual({ forks: 5 });
    expect(faults).toEqual([
      expect.objectContaining({
        severity: 'warning',
        what: 'ansible.cfg: read forks',
        why: 'left out: gathering, [ssh_connection] pipelining',
      }),
    ]);
  });

  test('an ansible.cfg where everybody may write is not read', () => {
    const cwd = scratch({ 'ansible.cfg': '[defaults]\nforks = 5\n' });
    chmodSync(cwd, 0o777);
    const found = readSettings({ cwd, playbookDir: '.', home: undefined, env: {} });
    expect(found).toMatchObject({ settings: {}, faults: [{ code: 'W942', mend: `run: chmod o-w ${cwd}` }] });
  });
});
