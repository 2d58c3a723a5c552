// All functions of the language under their names: the one table that CEL and Handlebars share.
import { addressFunctions } from './addresses.ts';
import { convertFunctions } from './convert.ts';
import { cryptFunctions } from './crypt.ts';
import { dataFunctions } from './data.ts';
import { digestFunctions } from './digest.ts';
import { listFunctions } from './lists.ts';
import { mapFunctions } from './maps.ts';
import { operatorFunctions } from './operators.ts';
import { pathFunctions } from './paths.ts';
import { regexFunctions } from './regex.ts';
import { selectFunctions } from './select.ts';
import type { LanguageFunction } from './table.ts';
import { textFunctions } from './text.ts';
import { timeFunctions } from './time.ts';
import { worldFunctions } from './world.ts';

const all: ReadonlyMap<string, LanguageFunction> = new Map(
  [
    textFunctions,
    regexFunctions,
    listFunctions,
    selectFunctions(name => all.get(name)),
    mapFunctions,
    dataFunctions,
    operatorFunctions,
    convertFunctions,
    cryptFunctions,
    digestFunctions,
    pathFunctions,
    addressFunctions,
    timeFunctions,
    worldFunctions,
  ].flatMap(Object.entries<LanguageFunction>),
);

export const findFunction = (name: string): LanguageFunction | undefined => all.get(name);
export const functionNames = (): readonly string[] => [...all.keys()];
