// The deeds on files that modules plan, as plain data, and the steps that do them. It reads no state and decides nothing again.
import { lines, sh } from '../../core/shell.ts';
import type { Blob, Script, Step } from '../../core/types.ts';
import type { Settings } from './attributes.ts';
import { utf8 } from './bytes.ts';
import { deedScript } from './deed-scripts.ts';

/** Bytes that are not UTF-8 are saved as base64: an action is JSON. */
export type Content = string | { readonly base64: string } | Blob;

export type Deed =
  | {
      readonly put: string;
      readonly content: Content;
      readonly mode?: number;
      readonly owner?: string;
      readonly group?: string;
      readonly validate?: string;
      readonly backup?: boolean;
      readonly inPlace?: boolean;
    }
  | {
      readonly clone: string;
      readonly from: string;
      readonly mode?: number;
      readonly owner?: string;
      readonly group?: string;
      readonly validate?: string;
      readonly backup?: boolean;
    }
  | {
      readonly merge: string;
      readonly from: string;
      readonly paths: readonly string[];
      readonly followLinks: boolean;
      readonly owner?: string;
      readonly group?: string;
    }
  | {
      /** `script` writes the new bytes into the file `$t`; `check` is a program that gives their sum. */
      readonly download: string;
      readonly script: string;
      readonly check: string;
      readonly sum: string;
      readonly to: Settings;
      readonly backup?: boolean;
    }
  | { readonly set: string; readonly to: Settings; readonly isLink?: boolean }
  | { readonly folder: string; readonly to: Settings }
  | { readonly remove: string; readonly tree: boolean }
  | { readonly link: string; readonly target: string; readonly hard?: boolean; readonly over: 'nothing' | 'file' | 'folder' }
  | { readonly below: string; readonly to: Omit<Settings, 'mode'> & { readonly mode?: string }; readonly follow: boolean }
  | { readonly create: string }
  | { readonly times: string; readonly access?: string; readonly modify?: string; readonly isLink?: boolean }
  | { readonly report: string };

export type Deeds = readonly Deed[];

export function packed(content: string | Uint8Array | Blob): Content {
  if (typeof content === 'string') return content;
  if (!(content instanceof Uint8Array)) return content.text ?? content;
  const text = utf8(content);
  return text ?? { base64: Buffer.from(content).toString('base64') };
}

export const unpacked = (content: Content): string | Uint8Array | Blob =>
  typeof content === 'object' && 'base64' in content ? Buffer.from(content.base64, 'base64') : content;

/** Deeds without content go together in one script, which stops at the first that fails. */
export function stepsOf(deeds: Deeds): readonly Step[] {
  const steps: Step[] = [];
  let together: Script[] = [];
  const flush = (): void => {
    if (together.length > 0) steps.push({ run: { sh: lines(sh`set -e`, ...together) } });
    together = [];
  };
  for (const deed of deeds) {
    if (!('put' in deed)) {
      together.push(deedScript(deed));
      continue;
    }
    flush();
    steps.push({ ...deed, content: unpacked(deed.content) });
  }
  flush();
  return steps;
}
