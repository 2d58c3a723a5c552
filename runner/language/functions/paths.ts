// Paths of hosts: cut and joined as POSIX has them. Reads no file.
import { posix } from 'node:path';
import { type Functions, list, text } from './table.ts';

function splitext(path: string): readonly string[] {
  const extension = posix.extname(path);
  return [path.slice(0, path.length - extension.length), extension];
}

export const pathFunctions: Functions = {
  basename: {
    args: [1, 1],
    does: 'basename(p): the last name of the path',
    run: ([p]) => (text(p).endsWith('/') ? '' : posix.basename(text(p))),
  },
  dirname: {
    args: [1, 1],
    does: 'dirname(p): the path without its last name',
    run: ([p]) => (text(p).endsWith('/') ? text(p).replace(/\/+$/, '') : text(p).includes('/') ? posix.dirname(text(p)) : ''),
  },
  splitext: { args: [1, 1], does: 'splitext(p): [path without extension, extension]', run: ([p]) => splitext(text(p)) },
  path_join: {
    args: [1, Number.POSITIVE_INFINITY],
    does: 'path_join(a, b): one path; an absolute part begins anew',
    run: args => joinPaths((Array.isArray(args[0]) ? list(args[0]) : args).map(text)),
  },
  normpath: {
    args: [1, 1],
    does: 'normpath(p): without . and ..',
    run: ([p]) => posix.normalize(text(p)).replace(/(.)\/$/, '$1'),
  },
  relpath: {
    args: [2, 2],
    does: 'relpath(p, from): the way from one folder to the path',
    run: ([p, from]) => posix.relative(text(from), text(p)) || '.',
  },
  expanduser: {
    args: [1, 1],
    does: 'expanduser(p): ~ becomes the home folder on the runner',
    run: ([p], world) => text(p).replace(/^~(?=\/|$)/, () => world.home()),
  },
};

const joinPaths = (parts: readonly string[]): string =>
  parts.reduce((made, part) => (part.startsWith('/') || made === '' ? part : `${made.replace(/\/$/, '')}/${part}`), '');
