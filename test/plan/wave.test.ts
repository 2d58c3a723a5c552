// Answers that are kept ahead: used once, for the same arguments only, and gone when something touches them.
import { describe, expect, it } from 'vitest';
import type { Task } from '../../runner/core/site.ts';
import { createForetold, createObservations } from '../../runner/plan/wave.ts';

const output = { code: 0, stdout: new Uint8Array(), stderr: new Uint8Array(), text: () => '' };
const task = (name: string): Task => ({ name }) as Task;

describe('kept answers', () => {
  const kept = (expiry = true) => {
    const observations = createObservations({ expiry });
    observations.keep('1.0', { args: { path: '/a' }, output, reads: ['file:/a'] });
    observations.keep('2.0', { args: { path: '/b' }, output, reads: ['file:/b', 'user:b'] });
    return observations;
  };
  it('an answer is used up by the task that takes it', () => {
    const observations = kept();
    expect(observations.take('1.0', { path: '/a' })?.reads).toEqual(['file:/a']);
    expect(observations.take('1.0', { path: '/a' })).toBeUndefined();
  });
  it('other arguments are another question', () => {
    expect(kept().has('1.0', { path: '/a' })).toBe(true);
    expect(kept().has('1.0', { path: '/b' })).toBe(false);
    expect(kept().take('1.0', { path: '/b' })).toBeUndefined();
  });
  it('a change throws away what it touches and nothing else', () => {
    const observations = kept();
    observations.expire(['user:b']);
    expect([observations.has('1.0', { path: '/a' }), observations.has('2.0', { path: '/b' })]).toEqual([true, false]);
  });
  it('expiry can be switched off, for the test that needs to see it matter', () => {
    const observations = kept(false);
    observations.expire(['*']);
    expect(observations.has('1.0', { path: '/a' })).toBe(true);
  });
});

describe('what a check run foretold', () => {
  it('names the last planned change that touches the reads', () => {
    const foretold = createForetold();
    foretold.add(task('first'), ['file:/srv/'], [{ path: '/srv', is: 'directory' }]);
    foretold.add(task('second'), ['file:/srv/x'], []);
    foretold.add(task('package'), ['file:/', 'unit:'], []);
    expect(foretold.after(['file:/srv/x'])).toMatchObject({ after: { name: 'second' }, vague: false });
    expect(foretold.after(['file:/srv/y'])).toMatchObject({ after: { name: 'first' }, vague: false });
    expect(foretold.after(['unit:x'])).toMatchObject({ after: { name: 'package' }, vague: true });
    expect(foretold.after(['sysctl:y'])).toBeUndefined();
    expect(foretold.facts()).toEqual([{ path: '/srv', is: 'directory' }]);
  });
});
