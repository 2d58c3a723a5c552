import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileExpression, evaluate } from '../../runner/language/expression.ts';
import { inCel } from '../../runner/language/jinja.ts';
import { Faulty } from '../../runner/language/signals.ts';
import { compileTemplate } from '../../runner/language/template.ts';
import { lookup, span, valueOf } from '../support/scope.ts';

const vars = { a: 1, b: 'x', l: [1, 2], m: { k: null } };
const word = fc.constantFrom(
  ...'a b l m.k l[0] .?k [?0] .x 1 2.5 "t" null true + - * / % == != < >= in && || ! ? : ( ) [ ] { } , has( default( l.map(x, size( upper( and or not is defined | ~'.split(
    ' ',
  ),
);
const piece = fc.constantFrom(
  ...'{{ }} {{a}} {{#if a}} {{else}} {{/if}} {{#each l}} {{/each}} {{../a}} {{@index}} {{upper b}} {{nope}} {{{b}}} {{!x}} {{>p}} {% x'.split(
    ' ',
  ),
  ' ',
  '\n',
  't',
);

test('any row of words gives a value or faults with a place', () => {
  fc.assert(
    fc.property(fc.array(word, { maxLength: 12 }), words => {
      const text = words.join(' ');
      const { expression, faults } = compileExpression(text, span);
      const found = expression ? evaluate(expression, lookup(vars)) : { is: 'fault' as const, faults };
      if (found.is === 'fault') expect(found.faults.every(one => one.at !== undefined && one.mend !== '')).toBe(true);
      else expect(() => JSON.stringify(found)).not.toThrow();
    }),
    { numRuns: 2000 },
  );
});

test('what the mend of a Jinja habit says can be read', () => {
  fc.assert(
    fc.property(fc.array(word, { maxLength: 8 }), words => {
      const cel = inCel(words.join(' '));
      if (cel !== null)
        expect(compileExpression(cel, span).faults.some(one => one.code === 'E302' || one.code === 'E301')).toBe(false);
    }),
    { numRuns: 1000 },
  );
});

test('any row of pieces is a template, or faults with a place', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 10 }), pieces => {
      const template = compileTemplate(pieces.join(''), 't.hbs');
      expect(template.faults.every(one => one.at !== undefined)).toBe(true);
      try {
        expect(typeof template.render(lookup(vars))).toBe('string');
      } catch (error) {
        expect(error).toBeInstanceOf(Faulty);
      }
    }),
    { numRuns: 500 },
  );
});

test('text without braces is taken as it is', () => {
  fc.assert(
    fc.property(
      fc.string().filter(text => !text.includes('{')),
      text => {
        expect(valueOf(JSON.stringify(text))).toMatchObject({ is: 'plain', value: text });
      },
    ),
  );
});
