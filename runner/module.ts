// What a module of your own imports: `import { sh, type Module } from 'tsrun/module'`. It re-exports, nothing more.
export { asWritten, lines, quote, raw, sh } from './core/shell.ts';
export type {
  AnyModule,
  Blob,
  Change,
  Example,
  Fact,
  Footprint,
  Impact,
  JsonSchema,
  LocalFile,
  Module,
  Output,
  Plan,
  Probe,
  Question,
  Rendered,
  Script,
  Step,
  Tree,
  Vars,
} from './core/types.ts';
