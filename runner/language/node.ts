// YAML nodes that know where they were written. Types only; yaml.ts makes them.
import type { Span } from '../core/types.ts';

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  /** Written with quotes or as a block scalar: a string on purpose. */
  readonly quoted: boolean;
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
