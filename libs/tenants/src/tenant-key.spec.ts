import { createHmac } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isWellFormed, keyDigest, keyPrefix, newTenantKey } from './tenant-key.js';

const PEPPER = Buffer.alloc(32, 3);

describe('issued keys', () => {
  it('are tg- and 40 base62 characters, well formed, each another', () => {
    const keys = new Set(Array.from({ length: 200 }, newTenantKey));

    expect(keys.size).toBe(200);
    for (const key of keys) {
      expect(key).toMatch(/^tg-[0-9A-Za-z]{40}$/);
      expect(isWellFormed(key)).toBe(true);
    }
  });

  it('are known as mistyped when one character differs', () => {
    const key = newTenantKey();
    fc.assert(
      fc.property(
        fc.integer({ min: 3, max: 42 }),
        fc.constantFrom('0', '9', 'A', 'Z', 'a', 'z'),
        (at, character) => {
          fc.pre(key[at] !== character);

          expect(isWellFormed(key.slice(0, at) + character + key.slice(at + 1))).toBe(false);
        },
      ),
    );
  });

  it.each(['', 'demo', 'tg-', `tg-${'0'.repeat(40)}`, `${newTenantKey()}0`, `x${newTenantKey()}`])(
    'are not "%s"',
    (text) => {
      expect(isWellFormed(text)).toBe(false);
    },
  );
});

describe('keyPrefix', () => {
  it('is the first 8 characters of an issued key', () => {
    const key = newTenantKey();

    expect(keyPrefix(key)).toBe(key.slice(0, 8));
  });

  it.each([
    ['demo', 'd…'],
    ['tenant-a', 'te…'],
    ['a', 'a…'],
    ['0123456789abcdef', '0123…'],
  ])('never shows all of the short key %s', (key, prefix) => {
    expect(keyPrefix(key)).toBe(prefix);
  });
});

describe('keyDigest', () => {
  it('is HMAC-SHA256 of the key under the pepper', () => {
    expect(keyDigest(PEPPER, 'demo')).toEqual(createHmac('sha256', PEPPER).update('demo').digest());
  });

  it('refuses an empty pepper and an empty key', () => {
    expect(() => keyDigest(Buffer.alloc(0), 'demo')).toThrow('pepper');
    expect(() => keyDigest(PEPPER, '')).toThrow('empty key');
  });
});
