import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readLines, toLines } from './row-lines.js';

const value = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.bigInt(),
  fc.date({ noInvalidDate: true }),
  fc.record({ source: fc.string(), tokens: fc.bigInt() }),
);
const rows = fc.array(fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), value), { minLength: 1 });

describe('rows as lines', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(rows, (written) => {
        const read = readLines(toLines(written));

        expect(read.rows.map((row) => ({ ...(row as object) }))).toEqual(
          written.map((row) => ({ ...row })),
        );
        expect(read.unreadable).toBe(0);
      }),
    );
  });

  it('lose to a torn write that line alone, also when more is appended', () => {
    fc.assert(
      fc.property(rows, rows, fc.nat(), (before, after, cut) => {
        const text = toLines(before);
        const torn = text.slice(0, cut % text.length);
        const whole = torn.split('\n').slice(1, -1).length;

        const read = readLines(torn + toLines(after));

        const last = read.rows.slice(-after.length);
        expect(last.map((row) => ({ ...(row as object) }))).toEqual(
          after.map((row) => ({ ...row })),
        );
        expect(read.rows.length).toBeGreaterThanOrEqual(whole + after.length);
        expect(read.unreadable).toBeLessThanOrEqual(1);
      }),
    );
  });
});
