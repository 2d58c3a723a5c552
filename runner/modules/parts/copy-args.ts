// The arguments of the copy module, which its three ways (a file, a folder, a source on the host) share. Types only.
import type { Blob, Tree } from '../../core/types.ts';
import type { PlacedArgs } from './placed.ts';

export interface CopyArgs extends PlacedArgs {
  readonly src?: Blob | Tree | string;
  readonly content?: unknown;
  readonly remote_src: boolean;
  /** Default: true for a folder of the runner, false for one of the host. */
  readonly local_follow?: boolean;
  readonly decrypt: boolean;
}
