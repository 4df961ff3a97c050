import { describe, expect, it } from 'vitest';
import { fingerprintOf, idempotencyOf, keyWithinBatch } from './idempotency-key.js';

const PRINT = Buffer.alloc(32, 1);

describe('an idempotency key', () => {
  it('has 1 to 255 bytes', () => {
    expect(idempotencyOf('k'.repeat(255), PRINT)).toEqual({
      key: 'k'.repeat(255),
      fingerprint: PRINT,
    });
    expect(idempotencyOf(undefined, PRINT)).toBeNull();
    expect(() => idempotencyOf('', PRINT)).toThrow('1 to 255 bytes, not 0');
    expect(() => idempotencyOf('ß'.repeat(128), PRINT, 'idempotencyKey')).toThrow(
      'idempotencyKey takes 1 to 255 bytes, not 256',
    );
  });

  it('of a batch is another one for each of its tasks', () => {
    expect([keyWithinBatch('b', 0), keyWithinBatch('b', 1)]).toEqual(['b#0', 'b#1']);
  });
});

describe('the fingerprint of a batch’s task', () => {
  it('does not depend on the order of members', () => {
    const one = { model: 'm', input: { a: [1, { x: null, y: 'z' }], b: 'c' } };
    const two = { input: { b: 'c', a: [1, { y: 'z', x: null }] }, model: 'm' };

    expect(fingerprintOf(one)).toEqual(fingerprintOf(two));
  });

  it.each([
    [{ a: 1 }, { a: '1' }],
    [{ a: [1, 2] }, { a: [2, 1] }],
    [{ a: { b: 1 } }, { a: 1, b: 1 }],
    [{}, []],
  ])('tells %j from %j', (one, two) => {
    expect(fingerprintOf(one)).not.toEqual(fingerprintOf(two));
  });
});
