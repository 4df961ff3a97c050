import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { HeldBytes } from './held-bytes.js';
import { takeBody } from './take-body.js';

const never = new AbortController().signal;
const room = (bytes: number) => new HeldBytes(bytes).lease();

describe('takeBody', () => {
  it('reads a body whole', async () => {
    const source = Readable.from([Buffer.from('ab'), Buffer.from('c')]);

    const taken = await takeBody(source, { maxBytes: 3, lease: room(3), signal: never });

    expect(taken).toEqual({ kind: 'whole', bytes: Buffer.from('abc') });
  });

  it.each([
    ['too-large', 3, 100],
    ['no-room', 100, 3],
  ] as const)('stops before what is %s, and leaves the rest', async (because, maxBytes, held) => {
    const source = Readable.from([Buffer.from('ab'), Buffer.from('cd'), Buffer.from('ef')]);

    const taken = await takeBody(source, { maxBytes, lease: room(held), signal: never });

    expect(taken).toEqual({ kind: 'begun', bytes: Buffer.from('abcd'), because });
    expect((await buffer(source)).toString()).toBe('ef');
  });

  it('gives up on a body that falls silent', async () => {
    const source = new PassThrough();
    source.write('a');
    const limits = { maxBytes: 9, lease: room(9), signal: never, stallMs: 20 };

    await expect(takeBody(source, limits)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    expect(source.destroyed).toBe(false);
  });

  it('gives up on a body that breaks off', async () => {
    const source = new PassThrough();
    const taken = takeBody(source, { maxBytes: 9, lease: room(9), signal: never });

    source.destroy();

    await expect(taken).rejects.toMatchObject({ message: 'The body broke off.' });
  });

  it('ends when it is called off', async () => {
    const call = new AbortController();
    const source = new PassThrough();
    const taken = takeBody(source, { maxBytes: 9, lease: room(9), signal: call.signal });

    call.abort(new Error('The caller left'));

    await expect(taken).rejects.toThrow('The caller left');
    expect(source.listenerCount('data')).toBe(0);
  });
});

describe('HeldBytes', () => {
  it('are shared by all leases, and given back whole', () => {
    const held = new HeldBytes(10);
    const [one, other] = [held.lease(), held.lease()];

    expect([one.take(6), other.take(5), other.take(4), one.take(1)]).toEqual([
      true,
      false,
      true,
      false,
    ]);
    one.giveBack();
    one.giveBack();
    expect([other.take(6), other.take(1)]).toEqual([true, false]);
  });
});
