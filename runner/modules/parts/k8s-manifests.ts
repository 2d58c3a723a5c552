// The objects that a task asks for: from definition, src or template, with the arguments in the places that they leave open. Pure.
import type { LocalFile, Rendered } from '../../core/types.ts';
import type { ObjectArgs } from './k8s-args.ts';
import type { KubeObject } from './k8s-objects.ts';

type TemplateArg = string | { readonly path: string };
export interface SourceArgs extends ObjectArgs {
  readonly definition?: unknown;
  readonly src?: unknown;
  readonly template?: TemplateArg | readonly TemplateArg[];
  readonly [key: string]: unknown;
}

const pathOf = (template: TemplateArg): string => (typeof template === 'string' ? template : template.path);
const templatesOf = ({ template = [] }: SourceArgs): readonly TemplateArg[] => {
  const isOne = typeof template === 'string' || 'path' in template;
  return isOne ? [template] : template;
};
const slot = (index: number): string => `template.${index}`;

export function localManifests(args: SourceArgs): readonly LocalFile[] {
  const { definition, src } = args;
  return [
    ...(typeof definition === 'string' ? [{ arg: 'definition', as: 'inline', folder: 'files', yaml: true } as const] : []),
    ...(typeof src === 'string' ? [{ arg: 'src', as: 'blob', folder: 'files', yaml: true } as const] : []),
    ...templatesOf(args).map(
      (one, i) => ({ arg: slot(i), as: 'template', folder: 'templates', yaml: true, path: pathOf(one) }) as const,
    ),
  ];
}

const isRendered = (value: unknown): value is Rendered =>
  typeof value === 'object' && value !== null && 'documents' in value && 'text' in value;

/** What each source holds, in the order definition, src, templates. */
function written(args: SourceArgs): readonly unknown[] {
  const sources = [args.definition, args.src, ...templatesOf(args).map((_, i) => args[slot(i)])];
  return sources.flatMap(source => (isRendered(source) ? (source.documents ?? []) : source === undefined ? [] : [source].flat()));
}

/** `kind: List` is its items. */
const flattened = (found: unknown): readonly unknown[] => {
  const { kind, items } = (found ?? {}) as { kind?: unknown; items?: unknown };
  return typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items) ? items.flatMap(flattened) : [found];
};

/** Kinds that never have a namespace, whatever a definition says. */
const clusterWide =
  /^(Namespace|Node|PersistentVolume|ClusterRole|ClusterRoleBinding|CustomResourceDefinition|StorageClass|PriorityClass|APIService|IngressClass|RuntimeClass|CSIDriver|ValidatingWebhookConfiguration|MutatingWebhookConfiguration|ValidatingAdmissionPolicy|ValidatingAdmissionPolicyBinding)$/;

export function manifestsOf(args: SourceArgs): readonly KubeObject[] {
  const found = written(args).flatMap(flattened) as readonly Partial<KubeObject>[];
  const all = found.length === 0 && args.kind !== undefined ? [{}] : found;
  return all.map(object => completed(object, args));
}

function completed(object: Partial<KubeObject>, args: SourceArgs): KubeObject {
  const kind = object.kind ?? args.kind ?? '';
  const { namespace: own, ...metadata } = object.metadata ?? {};
  const name = metadata.name ?? args.name;
  const namespace = clusterWide.test(kind) ? undefined : (own ?? args.namespace);
  return {
    ...object,
    apiVersion: object.apiVersion ?? args.api_version,
    kind,
    metadata: { ...metadata, ...(name === undefined ? {} : { name }), ...(namespace === undefined ? {} : { namespace }) },
  };
}

/** What is wrong with objects before any server sees them. */
export function manifestFaults(objects: readonly KubeObject[]): readonly string[] {
  const faults = objects.flatMap((object, i) => {
    const place = objects.length > 1 ? `document ${i + 1}` : 'the definition';
    if (typeof object !== 'object' || object === null) return [`${place} is no map`];
    if (object.kind === '') return [`${place} has no kind`];
    return object.metadata.name ? [] : [`${place} (${object.kind}) has no metadata.name`];
  });
  const keys = objects.map(
    object => `${object.apiVersion} ${object.kind} ${object.metadata.namespace ?? ''}/${object.metadata.name}`,
  );
  const twice = keys.filter((key, i) => keys.indexOf(key) !== i).map(key => `${key} is defined twice`);
  return faults.length > 0 ? faults : twice;
}
