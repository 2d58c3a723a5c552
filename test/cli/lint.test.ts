// tsrun lint: the same findings for people, for scripts, for editors and for CI.
import { describe, expect, it } from 'vitest';
import { commandLine } from '../support/command-line.ts';
import { scratch } from '../support/scratch.ts';

const files = {
  'site.yaml':
    '- hosts: all\n  tasks:\n    - copy: { content: x, dets: /x }\n    - debug: { msg: "{{ nothing }}" }\n      wehn: true\n      "% is here": 1\n',
  'fine.yaml': '- hosts: all\n  vars: { unread: 1 }\n  tasks: []\n',
};
const folder = scratch(files);
const lint = (...argv: readonly string[]) => commandLine(['lint', ...argv, '-i', 'h1,'], { cwd: folder });

interface Sarif {
  readonly version: string;
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
    readonly results: readonly {
      readonly ruleId: string;
      readonly level: string;
      readonly locations: readonly {
        readonly physicalLocation: { readonly artifactLocation: unknown; readonly region: unknown };
      }[];
    }[];
  }[];
}

describe('tsrun lint', () => {
  it('for people shows all mistakes with their lines, and ends with 5', async () => {
    const { code, out, err } = await lint('site.yaml');
    expect([code, out]).toEqual([5, '']);
    expect(err.match(/^[EW]\d+/gm)).toEqual(expect.arrayContaining(['E204', 'E203', 'E201']));
    expect(err).toMatch(/mistakes; nothing was connected to\n$/);
  });

  it('--output ndjson has them as events', async () => {
    const { out } = await lint('site.yaml', '--output', 'ndjson');
    const events = out
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as { event: string; path?: string });
    expect(events.filter(({ event }) => event === 'finding').map(({ path }) => path)).toContain('site.yaml:5:7');
    expect(events.at(-1)).toMatchObject({ event: 'run_end', exitCode: 5 });
  });

  it('--output sarif is one document with a rule for each code', async () => {
    const { code, out } = await lint('site.yaml', '--output', 'sarif');
    const { version, runs } = JSON.parse(out) as Sarif;
    const [run] = runs;
    expect([code, version]).toEqual([5, '2.1.0']);
    const keyword = run?.results.find(({ ruleId }) => ruleId === 'E201');
    expect(keyword).toMatchObject({
      level: 'error',
      locations: [{ physicalLocation: { artifactLocation: { uri: 'site.yaml' }, region: { startLine: 5, startColumn: 7 } } }],
    });
    expect(run?.tool.driver.rules.map(({ id }) => id)).toEqual([...new Set(run?.results.map(({ ruleId }) => ruleId))].sort());
  });

  it('--output github is a command a finding, in which no text ends early', async () => {
    const { out } = await lint('site.yaml', '--output', 'github');
    expect(out).toMatch(/^::error file=site.yaml,line=5,col=7,title=E201 unknown keyword "wehn"[^:,]*::unknown/m);
    expect(
      out
        .trim()
        .split('\n')
        .every(line => /^::(error|warning) (file=[^:,]+,line=\d+,col=\d+,)?title=[^:,]+::./.test(line)),
    ).toBe(true);
    expect(out).toContain('%25 is here');
  });

  it('a warning alone ends with 0', async () => {
    const { code, out } = await lint('fine.yaml', '--output', 'github');
    expect([code, out]).toEqual([0, expect.stringMatching(/^::warning file=fine.yaml,line=2,col=\d+,title=W950/)]);
  });

  it('a mistake on the command line has the same form', async () => {
    const { code, out } = await lint('--output', 'sarif');
    expect([code, (JSON.parse(out) as Sarif).runs[0]?.results[0]?.ruleId]).toEqual([5, 'E463']);
  });

  it.each(['sarif', 'github'])('a run cannot be told as %s', async form => {
    const said = await commandLine(['site.yaml', '-i', 'h1,', '--output', form], { cwd: folder });
    expect([said.code, `${said.out}${said.err}`]).toEqual([5, expect.stringContaining('E462')]);
  });
});
