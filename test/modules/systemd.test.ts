import { describe, expect, it } from 'vitest';
import { module as service } from '../../runner/modules/service.ts';
import { module } from '../../runner/modules/systemd.ts';
import { readUnit } from '../../runner/modules/parts/systemd.ts';
import { readSections } from '../../runner/modules/parts/sections.ts';
import { args, output, planOf } from '../support/real-sh.ts';

const show = (load: string, active: string, file: string, more = '') =>
  `@booted\n\tyes\n\n@status\n\tId=x.service\n\tNames=x.service\n\tLoadState=${load}\n\tActiveState=${active}\n\tUnitFileState=${file}\n\n${more}`;
const up = show('loaded', 'active', 'enabled');
const down = show('loaded', 'inactive', 'disabled');
const missing = show('not-found', 'inactive', '', '@known\n\tnginx.service\n\tnfs-server.service\n\n');
const scriptsOf = (plan: ReturnType<typeof planOf>) =>
  plan.changes
    .flatMap(change => module.apply(change.action as never))
    .map(step => ('run' in step && 'sh' in step.run ? step.run.sh : ''));

describe('systemd', () => {
  it.each([
    ['what is up stays up', { state: 'started', enabled: true }, up, []],
    ['what is down starts', { state: 'started', enabled: true }, down, ['x: disabled -> enabled', 'x: inactive -> active']],
    ['what is up stops', { state: 'stopped' }, up, ['x: active -> inactive']],
    ['what is stopped stays so', { state: 'stopped' }, down, []],
    ['a restart of what is down is a start', { state: 'restarted' }, down, ['x: inactive -> active']],
    ['a restart is a change', { state: 'restarted' }, up, ['x: active -> restarted']],
    ['a unit that starts is up', { state: 'started' }, show('loaded', 'activating', 'static'), []],
    ['static counts as enabled', { enabled: true }, show('loaded', 'active', 'static'), []],
    ['indirect does not', { enabled: true }, show('loaded', 'active', 'indirect'), ['x: indirect -> enabled']],
    [
      'masked comes first',
      { masked: false, state: 'started' },
      show('masked', 'inactive', 'masked'),
      ['x: masked -> not masked', 'x: inactive -> active'],
    ],
    ['a unit can be masked before it is there', { masked: true }, missing, ['x: not masked -> masked']],
    [
      'an init script counts by its links',
      { enabled: true },
      show('loaded', 'active', 'generated', '@init\n\tno\n\n'),
      ['x: generated -> enabled'],
    ],
  ])('%s', (_name, more, answer, summaries) => {
    const plan = planOf(module, { name: 'x', ...more }, answer);
    expect(plan.refuse).toBeUndefined();
    expect(plan.changes.map(change => change.summary)).toEqual(summaries);
  });

  it('a unit that is not there is refused, with the name that was meant', () => {
    const plan = planOf(module, { name: 'nginy', state: 'started' }, missing);
    expect(plan.refuse).toEqual({ why: 'the host has no unit nginy', mend: 'did you mean "nginx"?' });
  });
  it('a masked unit is refused', () => {
    expect(planOf(module, { name: 'x', state: 'started' }, show('masked', 'inactive', 'masked')).refuse?.why).toContain('masked');
  });
  it('daemon_reload comes before the first deed, once', () => {
    const scripts = scriptsOf(
      planOf(module, { name: 'x', state: 'restarted', enabled: true, daemon_reload: true }, show('loaded', 'active', 'disabled')),
    );
    expect(scripts.join('\n').match(/daemon-reload/g)).toHaveLength(1);
    expect(scripts[0]).toContain('daemon-reload');
  });
  it('daemon_reload of a converged unit acts only where a file is newer', () => {
    const wanted = { name: 'x', state: 'started', daemon_reload: true };
    expect(planOf(module, wanted, up).acts).toEqual([]);
    expect(planOf(module, wanted, `${up}@stale\n\tyes\n\n`).acts).toHaveLength(1);
    expect(planOf(module, { daemon_reload: true }, '@booted\n\tyes\n\n').acts).toHaveLength(1);
  });
  it('a restart repeats by nature and says what it does to the service', () => {
    const plan = planOf(module, { name: 'x', state: 'restarted' }, up);
    expect([plan.repeats, plan.changes[0]?.impact]).toEqual([true, 'restart']);
  });
  it('a unit that fails to start shows its last log lines', () => {
    expect(scriptsOf(planOf(module, { name: 'x y', state: 'started' }, down))[0]).toContain("journalctl  -u 'x y' -n 20");
  });
  it('a foretold package makes a missing unit a change, not a failure', () => {
    const full = args(module, { name: 'x', state: 'started', enabled: true }) as never;
    const seen = readUnit(readSections(output(`${missing}@@\n`)));
    expect(module.foresee?.(full, seen, [])).toBeNull();
    const state = module.foresee?.(full, seen, [{ package: 'x', is: 'present' }]);
    expect(module.plan(full, state as never).changes).toHaveLength(2);
    const again = module.foresee?.(full, state as never, [{ unit: 'x', enabled: true, active: true }]);
    expect(module.plan(full, again as never).changes).toEqual([]);
  });
  it.each([[{ state: 'started' }], [{ name: 'a*', state: 'started' }], [{ name: 'x' }]])('bad words are said: %j', written => {
    expect(module.check?.(args(module, written) as never)).toHaveLength(1);
  });
});

describe('service', () => {
  it.each([
    ['systemd is asked where it runs', up, { state: 'started' }, []],
    [
      'an init script starts',
      '@script\n\tsysv yes no no\n\n',
      { state: 'started', enabled: true },
      ['x: disabled -> enabled', 'x: stopped -> running'],
    ],
    ['OpenRC stops', '@script\n\topenrc yes yes yes\n\n', { state: 'stopped', enabled: true }, ['x: running -> stopped']],
  ])('%s', (_name, answer, more, summaries) => {
    expect(planOf(service, { name: 'x', ...more }, answer).changes.map(change => change.summary)).toEqual(summaries);
  });
  it('a host without an init system refuses', () => {
    expect(planOf(service, { name: 'x', state: 'started' }, '@script\n\tnone no no no\n\n').refuse?.why).toContain('neither');
  });
});
