// Functions that ask the runner: local files, its environment, the inventory's groups. They change no host.
import { type Functions, list, map, text } from './table.ts';

export const worldFunctions: Functions = {
  file: {
    args: [1, 1],
    does: 'file(path): the text of a file on the runner, without its last line end',
    run: ([path], world) => world.readFile(text(path)).replace(/\r?\n$/, ''),
  },
  fileglob: {
    args: [1, 1],
    does: 'fileglob(pattern): the files on the runner that match',
    run: ([pattern], world) => (Array.isArray(pattern) ? list(pattern) : [pattern]).flatMap(one => world.glob(text(one))),
  },
  first_found: {
    args: [1, 2],
    does: 'first_found([path, ...], folders?): the first file on the runner that is there',
    run: ([names, folders], world) => {
      const files = (Array.isArray(names) ? list(names) : [names]).map(text);
      const paths = folders === undefined ? files : list(folders).flatMap(folder => files.map(file => `${text(folder)}/${file}`));
      return world.firstFound(paths) ?? null;
    },
  },
  env: {
    args: [1, 2],
    does: 'env(name, default = ""): a variable of the runner\'s environment',
    run: ([name, other = ''], world) => world.env(text(name)) ?? other,
  },
  password: {
    args: [1, 2],
    does: 'password(path, {length, chars}?): a password kept in a file of the runner, made where it is not there',
    run: ([path, options], world) => world.password(text(path), options === undefined ? {} : map(options)),
  },
  group: {
    args: [1, 1],
    does: 'group(name): the hosts of a group, [] where it is empty or not there',
    run: ([name], world) => world.group(text(name)),
  },
};
