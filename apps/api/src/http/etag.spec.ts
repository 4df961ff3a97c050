import { describe, expect, it } from 'vitest';
import { etagOf, namesTag } from './etag.js';

describe('an entity tag', () => {
  it('is the same for the same bytes and another for others', () => {
    expect(etagOf({ a: 1 })).toBe(etagOf({ a: 1 }));
    expect(etagOf({ a: 1 })).not.toBe(etagOf({ a: 2 }));
    expect(etagOf({ a: 1 })).toMatch(/^"[\w-]{27}"$/);
  });

  it.each(['"a"', 'W/"a"', '"b", "a"', '"b",W/"a"', '*'])('is named by %s', (header) => {
    expect(namesTag(header, '"a"')).toBe(true);
  });

  it.each([undefined, '', 'a', '"b"', '"aa"'])('is not named by %s', (header) => {
    expect(namesTag(header, '"a"')).toBe(false);
  });
});
