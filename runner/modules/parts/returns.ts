// What modules of the file family give to `register` (draft-07). Data only.
import type { JsonSchema } from '../../core/types.ts';
import { gives } from './kinds.ts';

export const fileFields = {
  path: { type: 'string', description: 'The path of the host that was meant.' },
  dest: { type: 'string', description: 'The same.' },
  src: { type: 'string', description: 'What was copied, or what a link leads to.' },
  state: { type: 'string', enum: ['file', 'directory', 'link', 'hard', 'absent', 'touch', 'socket', 'fifo', 'block', 'char'] },
  mode: { type: 'string', description: 'Four octal digits.' },
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
