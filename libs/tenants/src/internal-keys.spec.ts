import { describe, expect, it } from 'vitest';
import { parseInternalKeys, refuseDemoKey } from './internal-keys.js';
import { newTenantKey } from './tenant-key.js';

describe('parseInternalKeys', () => {
  it.each([
    ['', []],
    [' ', []],
    ['demo', [{ tenant: 'demo', key: 'demo' }]],
    [
      'tenant-a, b:sk-1:2',
      [
        { tenant: 'tenant-a', key: 'tenant-a' },
        { tenant: 'b', key: 'sk-1:2' },
      ],
    ],
  ])('reads "%s"', (text, keys) => {
    expect(parseInternalKeys(text)).toEqual(keys);
  });

  it('takes an issued key for a tenant', () => {
    const key = newTenantKey();

    expect(parseInternalKeys(`a:${key}`)).toEqual([{ tenant: 'a', key }]);
  });

  it.each([
    ['a,,b', 'entry 2 has no name'],
    ['a,', 'entry 2 has no name'],
    [':key', 'entry 1 has no name'],
    ['a:', 'entry 1 has no key'],
    ['a b', 'entry 1 has no name, or one with other than visible ASCII'],
    ['a:schlüssel', 'entry 1 has no key, or one with other than visible ASCII'],
    ['a,b,a:other', 'entry 3 repeats the name'],
    ['a:same,b:same', 'entry 2 repeats the key'],
    ['a,b:a', 'entry 2 repeats the key'],
    [`a:tg-${'x'.repeat(40)}`, 'its checksum is wrong'],
  ])('refuses "%s" and says what is taken', (text, message) => {
    expect(() => parseInternalKeys(text)).toThrow(message);
    expect(() => parseInternalKeys(text)).toThrow('"name" (its name is its key) or "name:key"');
  });

  it('shows no key in a refusal', () => {
    expect(() => parseInternalKeys('a:hunter2,b:hunter2')).not.toThrow('hunter2');
  });
});

describe('refuseDemoKey', () => {
  const demo = parseInternalKeys('demo');

  it.each(['127.0.0.1', '127.9.9.9', '::1', '[::1]', 'localhost'])('takes demo on %s', (host) => {
    expect(() => refuseDemoKey(demo, host)).not.toThrow();
  });

  it.each(['0.0.0.0', '::', '10.0.0.1', '127.evil.example', 'localhost.example', ''])(
    'refuses demo on "%s"',
    (host) => {
      expect(() => refuseDemoKey(demo, host)).toThrow('only on a loopback address');
    },
  );

  it('looks at the key, not at the name', () => {
    expect(() => refuseDemoKey(parseInternalKeys('demo:sk-long'), '0.0.0.0')).not.toThrow();
    expect(() => refuseDemoKey(parseInternalKeys('a:demo'), '0.0.0.0')).toThrow('loopback');
  });
});
