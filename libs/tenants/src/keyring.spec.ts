import { createHash, randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Keyring, parseKeyring } from './keyring.js';

const oldKey = Buffer.alloc(32, 1);
const newKey = Buffer.alloc(32, 2);
const context = { purpose: 'callback-secret', rowId: 'cs_1' };
const base64 = (bytes: number, fill = 1): string => Buffer.alloc(bytes, fill).toString('base64');

describe('Keyring', () => {
  it('opens what it sealed, whatever it is', () => {
    const ring = new Keyring(newKey);
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, unit: 'grapheme' }),
        fc.string({ minLength: 1 }),
        (text, rowId) => {
          const sealed = ring.seal({ purpose: 'p', rowId }, text);

          expect(ring.open({ purpose: 'p', rowId }, sealed)).toBe(text);
        },
      ),
    );
  });

  it('never gives the same box twice, nor one that shows the value', () => {
    const ring = new Keyring(newKey);
    const boxes = [1, 2].map(() => Buffer.from(ring.seal(context, 'whsec_abc').box));

    expect(boxes[0]).not.toEqual(boxes[1]);
    expect(boxes[0]?.includes('whsec')).toBe(false);
  });

  it('writes with the first key and reads with all', () => {
    const before = new Keyring(oldKey).seal(context, 'secret');
    const ring = new Keyring(newKey, oldKey);

    expect(ring.open(context, before)).toBe('secret');
    expect(ring.seal(context, 'secret').keyId).toBe(new Keyring(newKey).currentKeyId);
    expect(before.keyId).not.toBe(ring.currentKeyId);
  });

  it('names the missing key', () => {
    const sealed = new Keyring(oldKey).seal(context, 'secret');

    expect(() => new Keyring(newKey).open(context, sealed)).toThrow(
      `sealed with key ${sealed.keyId}, which is not in MASTER_KEY`,
    );
  });

  it('names keys by what says nothing about them', () => {
    const id = new Keyring(oldKey).currentKeyId;

    expect(id).toMatch(/^[0-9a-f]{8}$/);
    expect(createHash('sha256').update(oldKey).digest('hex')).not.toContain(id);
  });

  it.each([
    ['another row', { ...context, rowId: 'cs_2' }],
    ['another purpose', { ...context, purpose: 'upstream-key' }],
  ])('does not open a box moved to %s', (_what, moved) => {
    const ring = new Keyring(newKey);
    const sealed = ring.seal(context, 'secret');

    expect(() => ring.open(moved, sealed)).toThrow('was changed, or sealed for another row');
  });

  it('does not open a box with any bit changed', () => {
    const ring = new Keyring(newKey);
    const { keyId, box } = ring.seal(context, 'secret');
    fc.assert(
      fc.property(fc.nat(box.length * 8 - 1), (bit) => {
        const changed = Buffer.from(box);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));

        expect(() => ring.open(context, { keyId, box: changed })).toThrow('was changed');
      }),
    );
  });

  it('does not open a box cut short', () => {
    const ring = new Keyring(newKey);
    const { keyId, box } = ring.seal(context, 'secret');

    expect(() => ring.open(context, { keyId, box: box.subarray(0, 28) })).toThrow('cut short');
  });

  it('derives a key a purpose from each of its keys, the current one first', () => {
    const [current, older] = new Keyring(newKey, oldKey).derive('output-link');

    expect(current).toHaveLength(32);
    expect(new Keyring(newKey).derive('output-link')).toEqual([current]);
    expect(new Keyring(oldKey).derive('output-link')).toEqual([older]);
    expect(new Keyring(newKey).derive('hook')).not.toEqual([current]);
  });

  it.each([
    ['an empty value', () => new Keyring(newKey).seal(context, ''), 'An empty callback-secret'],
    [
      'no purpose',
      () => new Keyring(newKey).seal({ ...context, purpose: '' }, 'x'),
      'made for a purpose',
    ],
    ['no row', () => new Keyring(newKey).seal({ ...context, rowId: '' }, 'x'), 'sealed for a row'],
    ['no purpose of a derived key', () => new Keyring(newKey).derive(''), 'made for a purpose'],
    ['an empty key', () => new Keyring(Buffer.alloc(0)), 'another length'],
    ['a short older key', () => new Keyring(newKey, randomBytes(31)), 'another length'],
  ])('refuses %s', (_what, act, message) => {
    expect(act).toThrow(message);
  });
});

describe('parseKeyring', () => {
  it('reads several keys, the first one writes', () => {
    const ring = parseKeyring(`${newKey.toString('base64')}, ${oldKey.toString('base64')}`);

    expect(ring.currentKeyId).toBe(new Keyring(newKey).currentKeyId);
    expect(ring.open(context, new Keyring(oldKey).seal(context, 'x'))).toBe('x');
  });

  it.each([
    ['', 'entry 1 is something else'],
    [base64(31), 'entry 1 is something else'],
    [base64(33), 'entry 1 is something else'],
    ['not base64 at all', 'entry 1 is something else'],
    [`${base64(32)},`, 'entry 2 is something else'],
    [`${base64(32)},${base64(32)}`, 'entry 2 repeats'],
  ])('refuses "%s" and says what is taken', (text, message) => {
    expect(() => parseKeyring(text)).toThrow(message);
    expect(() => parseKeyring(text)).toThrow('32 bytes in base64');
  });

  it('shows no value in a refusal', () => {
    expect(() => parseKeyring('hunter2')).not.toThrow('hunter2');
  });
});
