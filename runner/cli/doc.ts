// The verb doc: pages made from the modules' own schemas, examples and notes, and from the table of codes. It runs nothing.
import { codes } from '../core/codes.ts';
import { didYouMean, fault } from '../core/fault.ts';
import type { AnyModule, JsonSchema } from '../core/types.ts';
import { shortName } from '../core/module-name.ts';
import { moduleNames, openModules } from '../modules/index.ts';
import { wrap } from './help.ts';
import { complain } from './complain.ts';
import type { CommandLine } from './parse.ts';
import type { World } from './world.ts';

export async function docVerb(line: CommandLine, world: World): Promise<number> {
  const width = Math.min(world.out.columns, 120);
  const names = line.words.length > 0 ? line.words : undefined;
  const pages = names ? await Promise.all(names.map(name => pageOf(name, width))) : [await list(width)];
  const missing = (names ?? []).filter((_, i) => pages[i] === undefined);
  if (missing.length > 0) return complain(line, world, missing.map(noPage));
  world.out.write(`${pages.join('\n\n')}\n`);
  return 0;
}

function noPage(name: string): ReturnType<typeof fault> {
  const meant = didYouMean(name, [...moduleNames(), ...Object.keys(codes)]);
  return fault('E467', {
    what: `no page "${name}"`,
    why: 'no module, function or fault code has that name',
    mend: meant ? `did you mean ${meant}?` : 'tsrun doc lists them',
  });
}

async function list(width: number): Promise<string> {
  const modules = await openModules(moduleNames());
  const left = Math.max(0, ...moduleNames().map(name => name.length)) + 4;
  const rows = moduleNames().map(
    name => `  ${name.padEnd(left - 2)}${wrap(modules.get(name)?.summary ?? '', width - left, left)}`,
  );
  return [
    'Modules (tsrun doc NAME shows the page of one)',
    ...rows,
    '',
    'Pages too: tsrun doc keywords, functions, expressions, and of each fault code: tsrun doc E203',
  ].join('\n');
}

async function pageOf(name: string, width: number): Promise<string | undefined> {
  const code = name.toUpperCase();
  if (Object.hasOwn(codes, code)) return `${code}  ${codes[code as keyof typeof codes]}`;
  const module = (await openModules([name])).get(name);
  return module ? modulePage(shortName(name), module, width) : languagePage(name, width);
}

async function languagePage(name: string, width: number): Promise<string | undefined> {
  if (name === 'keywords') return (await import('./keyword-page.ts')).keywordPage(width);
  const { isWord, wordSchemas } = await import('../language/grammar/words.ts');
  const word = name.replace(/^ansible\.builtin\./, '');
  if (isWord(word))
    return [`${word}\n\nA word of the language itself.`, section('Arguments', fields(wordSchemas[word] ?? {}, width))].join(
      '\n\n',
    );
  const { functionLine, pages } = await import('../language/functions/page.ts');
  return Object.hasOwn(pages, name) ? pages[name]?.() : functionLine(name);
}

export function modulePage(name: string, module: AnyModule, width: number): string {
  const full = module.collection ? ` (${module.collection}.${name})` : '';
  const bullets = (texts: readonly string[] | undefined): string =>
    (texts ?? []).map(text => `  - ${wrap(text, width - 4, 4)}`).join('\n');
  const examples = module.examples.map(example => `  # ${example.title}\n${asTask(example.yaml)}`).join('\n\n');
  return [
    `${name}${full}\n\n${module.summary}`,
    section('Arguments', fields(module.args, width)),
    section('Result (register)', fields(module.returns, width)),
    section('Examples', examples),
    section('Differs from Ansible', bullets(module.differs)),
    section('Notes', bullets(module.notes)),
  ]
    .filter(part => part !== '')
    .join('\n\n');
}

const section = (title: string, body: string): string => (body === '' ? '' : `${title}\n${body}`);

/** An example without its dash is one task. */
function asTask(yaml: string): string {
  const lines = yaml.trimEnd().split('\n');
  return lines[0]?.startsWith('-')
    ? lines.map(line => `  ${line}`).join('\n')
    : lines.map((line, i) => `  ${i === 0 ? '- ' : '  '}${line}`).join('\n');
}

function fields(schema: JsonSchema, width: number): string {
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>;
  const required = new Set((schema['required'] ?? []) as readonly string[]);
  return Object.entries(properties)
    .map(([name, property]) => `  ${name}  ${factsOf(property, required.has(name))}${about(property, width)}`)
    .join('\n');
}

const about = (property: JsonSchema, width: number): string =>
  typeof property['description'] === 'string' ? `\n      ${wrap(property['description'], width - 6, 6)}` : '';

function factsOf(property: JsonSchema, isRequired: boolean): string {
  const type = [property['type'] ?? 'any'].flat().map(String).join(' or ');
  const choices = Array.isArray(property['enum']) ? `one of ${property['enum'].map(String).join(', ')}` : '';
  const fallback = 'default' in property ? `default ${JSON.stringify(property['default'])}` : '';
  const aliases = Array.isArray(property['aliases']) ? `also ${property['aliases'].join(', ')}` : '';
  return [type, isRequired ? 'required' : '', choices, fallback, aliases].filter(text => text !== '').join('; ');
}
