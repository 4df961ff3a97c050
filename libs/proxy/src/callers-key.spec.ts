import { describe, expect, it } from 'vitest';
import { withoutKey } from './callers-key.js';

const KEY = 'tg-0123456789abcdefghij';

describe('a query on its way to the upstream', () => {
  it.each([
    ['', ''],
    ['?', '?'],
    ['?limit=2&after=%41&&x', '?limit=2&after=%41&&x'],
    [`?api_key=${KEY}`, ''],
    [`?a=1&key=${KEY}&b=2`, '?a=1&b=2'],
    [`?key=Bearer%20${KEY}&b=2`, '?b=2'],
    [`?key=%74g-0123456789abcdefghi%6A&b=2`, '?b=2'],
    [`?${KEY}&b=2`, '?b=2'],
  ])('%s is sent as %s', (query, sent) => {
    expect(withoutKey(query, KEY)).toBe(sent);
  });

  it('is left as it is where the key could be any word', () => {
    expect(withoutKey('?name=demo', 'demo')).toBe('?name=demo');
    expect(withoutKey(`?key=${KEY}`, null)).toBe(`?key=${KEY}`);
  });
});
