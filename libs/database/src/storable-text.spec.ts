import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { storableJson, storableText } from './storable-text.js';

describe('storableText', () => {
  it.each([
    ['plain é 🐈', 'plain é 🐈'],
    ['a\0b', 'a\uFFFDb'],
    ['cut \uD83D', 'cut \uFFFD'],
    ['\uDE00 off', '\uFFFD off'],
  ])('writes %j as %j', (text, stored) => {
    expect(storableText(text)).toBe(stored);
  });

  it('leaves nothing behind that Postgres refuses', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const stored = storableText(text);
        expect(stored.isWellFormed() && !stored.includes('\0')).toBe(true);
      }),
    );
  });
});

describe('storableJson', () => {
  it('fits the texts inside and leaves escapes that are only text alone', () => {
    const at = new Date('2026-01-01T00:00:00.000Z');

    const json = storableJson([{ deep: { text: 'a\0' }, body: '{"a":"\\u0000"}', at, n: 1 }]);

    expect(JSON.parse(json)).toEqual([
      { deep: { text: 'a\uFFFD' }, body: '{"a":"\\u0000"}', at: at.toISOString(), n: 1 },
    ]);
  });
});
