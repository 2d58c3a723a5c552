// What modules of the file family give to `register` (draft-07). Data only.
import type { JsonSchema } from '../../core/types.ts';
import { gives } from './kinds.ts';

export const fileFields = {
  path: { type: 'string', description: 'The path of the host that was meant.' },
  dest: { type: 'string', description: 'The same.' },
  src: { type: 'string', description: 'What was copied, or what a link leads to.' },
  state: { type: 'string', enum: ['file', 'directory', 'link', 'hard', 'absent', 'touch', 'socket', 'fifo', 'block', 'char'] },
  mode: { type: 'string', description: 'Octal digits behind a zero: 0644, 04755.' },
  owner: { type: 'string' },
  group: { type: 'string' },
  uid: { type: 'integer' },
  gid: { type: 'integer' },
  size: { type: 'integer', description: 'Bytes.' },
  msg: { type: 'string' },
} as const satisfies JsonSchema;

export const fileReturns = gives(fileFields);

export const contentReturns = (more: JsonSchema = {}): JsonSchema =>
  gives({
    ...fileFields,
    checksum: { type: 'string', description: 'sha256 of the content.' },
    backup_file: { type: 'string', description: 'Where the old content is kept.' },
    ...more,
  });

const yes = { type: 'boolean' } as const;
const number = { type: 'number' } as const;
const word = { type: 'string' } as const;
export const statFields = {
  exists: yes,
  path: word,
  mode: { type: 'string', description: 'Four octal digits.' },
  ...{ isdir: yes, ischr: yes, isblk: yes, isreg: yes, isfifo: yes, islnk: yes, issock: yes },
  ...{ uid: number, gid: number, size: number, inode: number, dev: number, nlink: number },
  ...{ atime: number, mtime: number, ctime: number, blocks: number, block_size: number, device_type: number },
  ...{
    rusr: yes,
    wusr: yes,
    xusr: yes,
    rgrp: yes,
    wgrp: yes,
    xgrp: yes,
    roth: yes,
    woth: yes,
    xoth: yes,
    isuid: yes,
    isgid: yes,
  },
  ...{ readable: yes, writeable: yes, executable: yes, pw_name: word, gr_name: word },
  lnk_source: { type: 'string', description: 'Where a link ends.' },
  lnk_target: { type: 'string', description: 'What is written in a link.' },
  checksum: word,
  ...{ mimetype: word, charset: word, attr_flags: word },
  version: { type: ['string', 'null'] },
  attributes: { type: 'array', items: word },
} as const satisfies JsonSchema;
