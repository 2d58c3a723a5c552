// What counts as an interruption or a loss: the words of commands and statements, folders, packages, homes.
import { describe, expect, test } from 'vitest';
import { commandImpact, isPassing, sqlImpact } from '../../runner/modules/parts/impact.ts';
import { packageChange } from '../../runner/modules/parts/packages.ts';
import { sh } from '../../runner/core/shell.ts';

describe('a command', () => {
  test.each([
    ['systemctl restart mysqld', 'restart'],
    ['sudo systemctl --no-block restart mysqld', 'restart'],
    ['/usr/bin/systemctl reload nginx', 'reload'],
    ['nginx -t && systemctl reload nginx', 'reload'],
    ['service ssh stop', 'restart'],
    ['systemctl daemon-reload', undefined],
    ['systemctl status restart.service', undefined],
    ['echo systemctl restart', undefined],
    ['shutdown -r +1', 'reboot'],
    ['systemctl reboot', 'reboot'],
    ['echo reboot', undefined],
    ['rm -rf /srv/data', undefined],
  ])('%s is %s', (command, impact) => {
    expect(commandImpact(command)).toBe(impact);
  });
});

describe('SQL', () => {
  test.each([
    ['DROP TABLE t', 'destroys'],
    ['drop database if exists shop', 'destroys'],
    ['/* x */ TRUNCATE TABLE t', 'destroys'],
    ['SELECT 1; DROP SCHEMA s', 'destroys'],
    ['DELETE FROM t', 'destroys'],
    ['DELETE FROM t WHERE id = 7', 'none'],
    ['DROP USER x', 'none'],
    ['DROP INDEX i ON t', 'none'],
    ['PURGE BINARY LOGS TO "x"', 'destroys'],
    ["INSERT INTO t VALUES ('drop table t')", 'none'],
  ])('%s is %s', (statement, impact) => {
    expect(sqlImpact([statement])).toBe(impact);
  });
});

describe('what lies', () => {
  test.each([
    ['/tmp', false],
    ['/tmp/x', true],
    ['/var/cache/x', true],
    ['/tmpfiles/x', false],
    ['/tmp/../srv', false],
  ])('below %s it is made anew by itself: %s', (path, passing) => {
    expect(isPassing(path)).toBe(passing);
  });
});

test.each([
  ['remove', '1.0', 'absent', 'restart'],
  ['install', 'absent', '1.0', 'none'],
  ['install', '1.0', '1.1', 'restart'],
  ['purge', 'configuration', 'absent', 'none'],
  ['update', 'older', 'updated', 'none'],
])('to %s a package that is %s (-> %s) is %s', (verb, before, after, impact) => {
  expect(packageChange(verb, [{ name: 'x', before, after }], sh`:`).impact).toBe(impact);
});
