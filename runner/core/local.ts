// Files of the runner, as modules get them: their bytes, a folder, a rendered template, a place to write to. Types only.

/** Bytes that may be large: made from a local file, streamed, saved in a plan as path and sha256. */
export interface Blob {
  readonly path: string;
  readonly sha256: string;
  readonly size: number;
  /** Permission bits of the local file. */
  readonly mode: number;
  /** The whole of it, where it is UTF-8 without NUL and at most 128 KiB: for diffs, and to travel inside a script. */
  readonly text?: string;
  open(): AsyncIterable<Uint8Array>;
}

/** A local folder, for modules that copy one: files in path order, paths relative to the root. */
export interface Tree {
  /** As written in the task: a trailing slash means "what is in it". */
  readonly path: string;
  readonly folders: readonly { readonly path: string; readonly mode: number }[];
  readonly files: readonly { readonly path: string; readonly blob: Blob }[];
  readonly links: readonly { readonly path: string; readonly target: string }[];
}

/** A template file after rendering: its name as written, and the text. */
export interface Rendered {
  readonly path: string;
  readonly text: string;
  /** Of a LocalFile with `yaml`: its documents. */
  readonly documents?: readonly unknown[];
}

/** A place on the runner that a task writes to: relative paths start at the folder of the playbook. */
export interface LocalTarget {
  readonly path: string;
  readonly is: 'absent' | 'file' | 'directory';
  /** Of a file. */
  readonly sha256: string;
}

/** A file on the runner that `bind` reads for a module and puts in place of args[arg]:
 *  a Blob, a Tree (a folder) or Blob, or a Rendered. Looked up as design.md 2 `src` says. */
export interface LocalFile {
  readonly arg: string;
  /** `target`: a place to write to; args[arg] becomes a LocalTarget, `{host}` in the path the name of the host. */
  readonly as: 'blob' | 'tree' | 'template' | 'target' | 'inline';
  readonly folder: 'files' | 'templates';
  /** Of a Tree: what a link leads to is copied in its place (default); false: the link itself, as one of `links`. */
  readonly followLinks?: boolean;
  /** The path, where it is not the value of args[arg]: a word of a command line. */
  readonly path?: string;
  /** It is YAML: args[arg] becomes a Rendered with its documents. `inline`: the value is the YAML itself, no file. */
  readonly yaml?: boolean;
}
