// YAML nodes that know where they were written. Types only; yaml.ts makes them.
import type { Span } from '../core/types.ts';

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  /** Written with quotes or as a block scalar: a string on purpose. */
  readonly quoted: boolean;
  /** The text as written, where it differs from the value printed (numbers: `0o644`, `5.10`). */
  readonly written?: string;
  /** A block scalar's content starts on the line after `span`, each line after so many spaces. */
  readonly style: 'plain' | 'single' | 'double' | 'literal' | 'folded';
  readonly indent?: number;
  /** Of quoted text and text of several lines: the source from `span` on, so that places inside can be found. */
  readonly raw?: string;
  readonly tag?: string;
  readonly span: Span;
}
export interface ListNode {
  readonly kind: 'list';
  readonly items: readonly YamlNode[];
  readonly tag?: string;
  readonly span: Span;
}
export interface MapNode {
  readonly kind: 'map';
  /** In the order written, merge keys (`<<`) applied; a key is unique. */
  readonly entries: readonly MapEntry[];
  readonly tag?: string;
  readonly span: Span;
}
export interface MapEntry {
  readonly key: string;
  readonly keySpan: Span;
  readonly value: YamlNode;
}
export type YamlNode = ScalarNode | ListNode | MapNode;
