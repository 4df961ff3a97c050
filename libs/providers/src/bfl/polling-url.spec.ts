import { describe, expect, it } from 'vitest';
import { mayCarryKey, pollingUrlOf } from './polling-url.js';

describe('mayCarryKey', () => {
  const base = 'http://localhost:8100/bfl/v1';

  it.each([
    ['https://api.bfl.ai/v1/get_result?id=1', true],
    ['https://api.eu2.bfl.ai/v1/get_result?id=1', true],
    ['http://localhost:8100/bfl/v1/get_result?id=1', true],
    ['http://api.bfl.ai/v1/get_result?id=1', false],
    ['https://bfl.ai.example.com/', false],
    ['https://evilbfl.ai/', false],
    ['https://api.bfl.ai@example.com/', false],
    ['http://localhost:8101/', false],
    ['https://localhost:8100/', false],
    ['file:///etc/passwd', false],
    ['no address', false],
  ])('%s: %s', (url, expected) => {
    expect(mayCarryKey(url, base)).toBe(expected);
  });
});

describe('pollingUrlOf', () => {
  it.each([undefined, '', 'no address', 'file:///etc/passwd'])(
    'composes an address where the vendor gives %s',
    (given) => {
      expect(pollingUrlOf(given, 'a&b', 'https://api.bfl.ai/v1')).toBe(
        'https://api.bfl.ai/v1/get_result?id=a%26b',
      );
    },
  );
});
