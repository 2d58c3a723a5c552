// async and poll, throttle, --step: how a task is done besides what it does. Real shells on this machine.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Scene, scene, told } from '../support/run-playbook.ts';

let stage: Scene | undefined;
const play = (
  tasks: string,
  options: Parameters<Scene['play']>[0] = {},
  more = 'gather_facts: false',
): ReturnType<Scene['play']> => {
  stage = scene({
    'site.yaml': `- hosts: all\n  ${more}\n  environment: { HOME: SCRATCH }\n  tasks:\n${tasks.replaceAll(/^/gm, '    ')}\n`,
    'files/job.sh': '#!/bin/sh\necho "from $0" | sed "s/.*job/job/"; exit 3\n',
  });
  return stage.play(options);
};
const only = { load: { limit: 'h1' } };
afterEach(() => stage?.end());

describe('async', () => {
  it('with poll, the task has the result of its command, and nothing stays on the host', async () => {
    const played = await play(
      '- { name: job, shell: "sleep 1; echo out; echo err >&2", async: 30, poll: 5, register: r }\n- debug: { var: r }',
      only,
    );
    expect(told(played)).toEqual(['h1 job changed', 'h1 debug ok']);
    expect(played.results[0]?.result).toMatchObject({ rc: 0, stdout: 'out', stderr: 'err', finished: 1, started: 1 });
    expect(existsSync(join(stage?.dir ?? '', '.tsrun_async', String(played.results[0]?.result['ansible_job_id'])))).toBe(false);
  });
  it('a job that fails fails the task', async () => {
    const played = await play('- { name: job, command: "sh -c \'exit 4\'", async: 30, poll: 1 }', only);
    expect(told(played)).toEqual(['h1 job failed']);
    expect(played.results[0]?.result).toMatchObject({ rc: 4, failed: true, cmd: ['sh', '-c', 'exit 4'] });
  });
  it('a job that takes longer than it is given is ended, and the task says so', async () => {
    const played = await play('- { name: job, command: sleep 600, async: 1, poll: 1 }', only);
    expect(told(played)).toEqual(['h1 job failed']);
    expect(played.results[0]?.message).toContain('longer than async: 1');
  });
  it('a script of the runner goes on behind and is taken away', async () => {
    const played = await play('- { name: job, script: job.sh, async: 30, poll: 1, failed_when: false }', only);
    expect(played.results[0]?.result).toMatchObject({ rc: 3, stdout: 'job.sh' });
  });
  it('with poll 0 the job goes on while other tasks run; async_status waits for it and forgets it', async () => {
    const played = await play(
      `- { name: start, shell: "while ! [ -e SCRATCH/go ]; do sleep 0.1; done; cat", args: { stdin: words }, async: 60, poll: 0, register: job }
- { name: release, command: touch SCRATCH/go }
- name: wait
  async_status: { jid: "{{ job.ansible_job_id }}" }
  register: state
  until: state.finished == 1
  retries: 50
  delay: 0.1
- { name: forget, async_status: { jid: "{{ job.ansible_job_id }}", mode: cleanup } }`,
      only,
    );
    expect(told(played)).toEqual(['h1 start changed', 'h1 release changed', 'h1 wait ok', 'h1 forget ok']);
    expect(played.results[0]?.result).toMatchObject({ started: 1, finished: 0 });
    expect(played.results[2]?.result).toMatchObject({ rc: 0, stdout: 'words' });
    expect(existsSync(join(stage?.dir ?? '', '.tsrun_async', String(played.results[0]?.result['ansible_job_id'])))).toBe(false);
  });
  it('each item of a loop is a job of its own', async () => {
    const played = await play('- { name: jobs, command: "true", async: 9, poll: 0, loop: [1, 2, 3], register: r }', only);
    const results = played.results[0]?.result['results'] as readonly { ansible_job_id: string }[];
    expect(new Set(results.map(one => one.ansible_job_id)).size).toBe(3);
  });
  it('with poll 0 a guard that holds leaves a job that has ended, and nothing changed', async () => {
    const played = await play(
      `- { name: start, command: "false", args: { creates: / }, async: 9, poll: 0, register: job }
- { name: ask, async_status: { jid: "{{ job.ansible_job_id }}" } }
- { name: waits, command: "false", args: { creates: / }, async: 9, poll: 1 }`,
      only,
    );
    expect(told(played)).toEqual(['h1 start ok', 'h1 ask ok', 'h1 waits ok']);
    const said = { rc: 0, stdout: 'skipped, since / exists', started: 1, finished: 1 };
    expect(played.results.map(one => one.result)).toMatchObject([said, said, said]);
  });
  it('a check run starts no job', async () => {
    const played = await play('- { name: job, command: touch SCRATCH/x, async: 9, poll: 0 }', { ...only, check: true });
    expect(told(played)).toEqual(['h1 job changed']);
    expect(existsSync(join(stage?.dir ?? '', '.tsrun_async'))).toBe(false);
  });
  it.each(['copy: { content: x, dest: /x }', 'setup:', 'debug: { msg: x }'])(
    'on "%s" it is a fault before anything runs',
    async module => {
      const played = await play(`- async: 5\n  ${module}`, only);
      expect([played.code, played.findings, played.results]).toEqual([5, ['E220 site.yaml:5:7'], []]);
    },
  );
});

describe('throttle', () => {
  const hosts = `all:\n  vars: { ansible_connection: local }\n  hosts: { ${Array.from({ length: 6 }, (_, i) => `h${i}:`).join(', ')} }\n`;
  // Each host stands in a folder while it works; how many were there is what it says.
  const count = `shell: mkdir -p SCRATCH/in; touch SCRATCH/in/$$; sleep 0.1; ls SCRATCH/in | wc -l; rm SCRATCH/in/$$`;
  const most = async (throttle: string): Promise<number> => {
    stage = scene({
      'hosts.yaml': hosts,
      'site.yaml': `- hosts: all\n  gather_facts: false\n  tasks:\n    - name: count\n      ${count}\n      ${throttle}\n    - command: "true"\n`,
    });
    const played = await stage.play({ forks: 4 });
    expect(played.code).toBe(0);
    return Math.max(...played.results.filter(one => one.task === 'count').map(one => Number(one.result['stdout'])));
  };
  it('lets that many hosts at the task at a time', async () => expect(await most('throttle: 1')).toBe(1));
  it('never more than the forks', async () => expect(await most('throttle: 5')).toBeLessThanOrEqual(4));
});

describe('--step', () => {
  const asked: string[] = [];
  const answering = (...answers: readonly (string | null)[]) => {
    const left = [...answers];
    return async ({ prompt }: { prompt: string }) => {
      asked.push(/Perform task: (.*) \(N\)/.exec(prompt)?.[1] ?? prompt);
      return left.shift() ?? null;
    };
  };
  const tasks =
    '- { name: one, command: "true", notify: told }\n- { name: two, command: "true" }\n- { name: three, command: "true" }';
  const handlers = 'handlers: [{ name: told, command: "true" }]';
  beforeEach(() => asked.splice(0));
  const names = (played: Awaited<ReturnType<Scene['play']>>) => [...new Set(played.results.map(one => one.task))];

  it('asks once for each task and passes over those that are not wanted', async () => {
    const played = await play(tasks, { step: true, ask: answering('y', 'n', 'y', 'y') }, handlers);
    expect(asked).toEqual(['one', 'two', 'three', 'told']);
    expect([played.code, names(played)]).toEqual([0, ['one', 'three']]);
    expect(played.events.filter(event => event.event === 'handler_result').map(event => event.task)).toEqual(['told', 'told']);
  });
  it('c goes on without asking', async () => {
    const played = await play(tasks, { step: true, ask: answering('n', 'c') }, handlers);
    expect([asked, names(played)]).toEqual([
      ['one', 'two'],
      ['two', 'three'],
    ]);
  });
  it('without a terminal it is a fault and nothing is connected to', async () => {
    const connectionFor = () => Promise.reject(new Error('connected'));
    const played = await play(tasks, { step: true, ask: async () => null, seams: { connectionFor } }, handlers);
    expect([played.code, played.findings, played.results]).toEqual([5, ['E468'], []]);
  });
  it('a question that is broken off ends the run', async () => {
    // A notified handler would stay owed on this machine.
    const plain = tasks.replace(', notify: told', '');
    const played = await play(plain, { step: true, ask: answering('y', null) });
    expect([played.code, names(played)]).toEqual([130, ['one']]);
  });
});

describe('gather_subset', () => {
  it('of a play says what is gathered', async () => {
    const more = 'gather_facts: true\n  gather_subset: [min]';
    const played = await play(
      '- debug: { msg: "{{ has(ansible_facts.memtotal_mb) }} {{ has(ansible_facts.kernel) }}" }',
      only,
      more,
    );
    expect(told(played)).toEqual(['h1 Gathering Facts ok', 'h1 debug ok']);
    expect(played.results[1]?.message).toBe('false true');
  });
});
