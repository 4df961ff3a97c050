import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseByteRange } from './byte-range.js';

describe('parseByteRange', () => {
  it.each([
    ['bytes=0-99', 1000, { start: 0, end: 99 }],
    ['bytes=500-', 1000, { start: 500, end: 999 }],
    ['bytes=-200', 1000, { start: 800, end: 999 }],
    ['bytes=-2000', 1000, { start: 0, end: 999 }],
    ['bytes=0-0', 1000, { start: 0, end: 0 }],
    ['bytes=999-999', 1000, { start: 999, end: 999 }],
    ['bytes=900-5000', 1000, { start: 900, end: 999 }],
    ['Bytes= 0-99 ', 1000, { start: 0, end: 99 }],
    ['bytes=1000-', 1000, 'unsatisfiable'],
    ['bytes=1000-2000', 1000, 'unsatisfiable'],
    ['bytes=-0', 1000, 'unsatisfiable'],
    ['bytes=0-', 0, 'unsatisfiable'],
    ['bytes=-1', 0, 'unsatisfiable'],
    ['bytes=0-1,5-6', 1000, null],
    ['bytes=5-4', 1000, null],
    ['bytes=-', 1000, null],
    ['bytes=', 1000, null],
    ['bytes=a-b', 1000, null],
    ['bytes=0x1-2', 1000, null],
    ['bytes=1.5-2', 1000, null],
    [`bytes=${'9'.repeat(40)}-`, 1000, null],
    ['items=0-1', 1000, null],
    ['', 1000, null],
    [undefined, 1000, null],
  ])('reads %j of %i bytes as %j', (header, size, expected) => {
    expect(parseByteRange(header, size)).toEqual(expected);
  });

  it('never leaves the file', () => {
    const number = fc.option(fc.nat(2000), { nil: '' });

    fc.assert(
      fc.property(number, number, fc.nat(1000), (first, last, size) => {
        const range = parseByteRange(`bytes=${first}-${last}`, size);

        if (range === null || range === 'unsatisfiable') return;
        expect(range.start).toBeGreaterThanOrEqual(0);
        expect(range.end).toBeGreaterThanOrEqual(range.start);
        expect(range.end).toBeLessThan(size);
      }),
    );
  });
});
