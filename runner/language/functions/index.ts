// All functions of the language under their names: the one table that CEL and Handlebars share.
import type { Functions, LanguageFunction } from './table.ts';

const all: ReadonlyMap<string, LanguageFunction> = new Map(Object.entries({} satisfies Functions));

export const findFunction = (name: string): LanguageFunction | undefined => all.get(name);
export const functionNames = (): readonly string[] => [...all.keys()];
