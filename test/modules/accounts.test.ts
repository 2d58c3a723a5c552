import { describe, expect, it } from 'vitest';
import { module as getent } from '../../runner/modules/getent.ts';
import { module as group } from '../../runner/modules/group.ts';
import { module as user } from '../../runner/modules/user.ts';
import { args, at, output, planOf, play } from '../support/real-sh.ts';

const groups = at('groups', 'db:x:100:\nadm:x:4:me,you\ndocker:x:999:\nme:x:1000:\n');
const rest = `${groups}${at('tools', 'yes\n')}${at('home', 'yes\n')}`;
const me = at('user', 'me:x:1000:1000:Me:/home/me:/bin/sh\n') + at('shadow', 'me:$6$a:19000:0:99999:7:::\n') + rest;
const nobody = at('user', '') + rest.replace('@home\n\tyes', '@home\n\tno');
const scripts = (plan: ReturnType<typeof planOf>) =>
  plan.changes.map(change => (change.action as { script: string }).script).join('\n');

describe('user', () => {
  it.each([
    ['what is so stays so', { uid: 1000, shell: '/bin/sh', home: '/home/me', comment: 'Me' }, []],
    ['a shell', { shell: '/bin/bash' }, ['me: shell /bin/sh -> /bin/bash']],
    ['its first group by name', { group: 'db' }, ['me: group 1000 -> 100']],
    ['its first group by number', { group: 1000 }, []],
    ['groups to add', { groups: 'docker', append: true }, ['me: groups adm -> adm,docker']],
    ['groups that it has', { groups: ['adm'] }, []],
    ['these groups alone', { groups: ['docker'] }, ['me: groups adm -> docker']],
    ['no groups', { groups: [] }, ["me: groups adm -> ''"]],
    ['the password that it has', { password: '$6$a' }, []],
    ['another password, never shown', { password: '$6$b' }, ['me: password (a password) -> (another password)']],
    ['a password only for a new user', { password: '$6$b', update_password: 'on_create' }, []],
    ['a lock', { password_lock: true }, ['me: password unlocked -> locked']],
    ['no lock where there is none', { password_lock: false }, []],
    ['an end', { expires: 1893456000 }, ['me: expires never -> 2030-01-01']],
    ['no end', { expires: -1 }, []],
    ['ageing', { password_expire_max: 90, password_expire_min: 0 }, ['me: password_expire_max 99999 -> 90']],
    ['absent', { state: 'absent' }, ['me: user present (uid 1000) -> absent']],
  ])('%s', (_name, more, wanted) => {
    expect(planOf(user, { name: 'me', ...more }, me).changes.map(change => change.summary)).toEqual(wanted);
  });

  it('a new user gets its words, quoted, and its password by standard input', () => {
    const plan = planOf(
      user,
      { name: 'new', system: true, comment: "It's", password: '$6$x', groups: ['docker', 'adm'], shell: '/bin/sh' },
      nobody,
    );
    expect(scripts(plan)).toContain(`useradd -G docker,adm -c 'It'\\''s' -s /bin/sh -m -r new </dev/null`);
    expect(scripts(plan)).not.toContain('$6$x');
    expect(plan.changes[0]?.action).toMatchObject({ stdin: 'new:$6$x\n' });
    expect(plan.changes[0]?.foretells).toContainEqual({ user: 'new' });
  });
  it('a group of its name is used, not made', () => {
    expect(scripts(planOf(user, { name: 'db' }, nobody))).toContain('useradd -N -m db');
  });
  it('a home that is missing is made', () => {
    const plan = planOf(user, { name: 'me' }, me.replace('@home\n\tyes', '@home\n\tno'));
    expect(plan.changes.map(change => change.summary)).toEqual(['me: home no folder -> /home/me']);
    expect(planOf(user, { name: 'me', create_home: false }, me.replace('@home\n\tyes', '@home\n\tno')).changes).toEqual([]);
  });
  it('a group that is not there is refused, but not in a check run that foretells it', () => {
    const full = args(user, { name: 'me', groups: ['web'], append: true }) as never;
    const seen = user.probe(full).parse(output(`${me}@@\n`));
    expect(user.plan(full, seen).refuse?.why).toContain('no group web');
    const then = user.foresee?.(full, seen, [{ group: 'web' }]);
    expect(user.plan(full, then as never).changes).toHaveLength(1);
  });
  it('the probe reads this machine and changes nothing', () => {
    for (const shell of [['dash'], ['bash']]) {
      const { plan } = play(user, { name: 'root', home: '/root' }, { check: true, shell });
      expect(plan.result).toMatchObject({ uid: 0, group: 0, home: '/root' });
    }
  });
});

describe('group', () => {
  const db = at('group', 'db:x:100:\n');
  it.each([
    ['what is there stays', { name: 'db' }, db, []],
    ['a new one', { name: 'web', system: true }, at('group', ''), ['add group web']],
    ['another number', { name: 'db', gid: 200 }, db, ['db: gid 100 -> 200']],
    ['absent', { name: 'db', state: 'absent' }, db, ['remove group db']],
    ['absent that is absent', { name: 'web', state: 'absent' }, at('group', ''), []],
  ])('%s', (_name, written, answer, wanted) =>
    expect(planOf(group, written, answer).changes.map(change => change.summary)).toEqual(wanted),
  );
  it('a number that another has is refused', () => {
    const plan = planOf(group, { name: 'web', gid: 100 }, at('group', '') + at('holder', 'db:x:100:\n'));
    expect(plan.refuse?.why).toBe('gid 100 belongs to the group db');
  });
});

describe('getent', () => {
  it.each([
    [
      'fields of passwd',
      { database: 'passwd', key: 'a' },
      'a:x:1:2:::/bin/sh\n',
      0,
      { getent_passwd: { a: ['x', '1', '2', '', '', '/bin/sh'] } },
    ],
    ['words of hosts', { database: 'hosts', key: 'a' }, '10.0.0.1   a b\n', 0, { getent_hosts: { '10.0.0.1': ['a', 'b'] } }],
    [
      'a key that comes twice',
      { database: 'ahosts' },
      '1.1.1.1 STREAM\n1.1.1.1 DGRAM\n',
      0,
      { getent_ahosts: { '1.1.1.1': [['STREAM'], ['DGRAM']] } },
    ],
    ['no key, and that is fine', { database: 'passwd', key: 'a', fail_key: false }, '', 2, { getent_passwd: { a: null } }],
  ])('%s', (_name, written, answer, code, facts) =>
    expect(planOf(getent, written, answer, code).result['ansible_facts']).toEqual(facts),
  );
  it('a key that is not there fails', () => {
    expect(planOf(getent, { database: 'passwd', key: 'a' }, '', 2).refuse?.why).toContain('could not be found');
  });
});
