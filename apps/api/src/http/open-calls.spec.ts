import type { Identity, KeyRights, Policy } from '@app/tenants';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { OpenCalls, requireKey } from './open-calls.js';

const START = new Date('2026-11-22T12:00:00.000Z');
const later = (seconds: number): Date => new Date(START.getTime() + seconds * 1000);

/** What they may do, and how long. */
let keys: Map<string, KeyRights>;
let asked: (readonly string[])[];
let failure: Error | null;
let hold: Promise<void> | null;
let errors: unknown[];
let now: Date;
let calls: OpenCalls;
beforeEach(() => {
  keys = new Map([
    ['key_a', rights()],
    ['key_b', rights()],
  ]);
  asked = [];
  failure = null;
  hold = null;
  errors = [];
  now = START;
  calls = new OpenCalls(
    {
      keysInForce: async (ids) => {
        asked.push(ids);
        if (failure) throw failure;
        const found = new Map(keys);
        await hold;
        return found;
      },
    },
    { onError: (error) => errors.push(error), now: () => now },
  );
});

const rights = (expiresAt: Date | null = null, policy: Policy = {}): KeyRights => ({
  scopes: ['proxy'],
  policy,
  keyPolicy: {},
  expiresAt,
});

function open(keyId: string, { expiresAt = null, many = false }: Opening = {}) {
  const reasons: Error[] = [];
  const identity = { keyId, ...rights(expiresAt) } as unknown as Identity; // no other field is read
  const release = calls.hold(identity, (why) => reasons.push(why), { many });
  return { reasons, release };
}

interface Opening {
  readonly expiresAt?: Date | null;
  readonly many?: boolean;
}

describe('open calls', () => {
  it('end with their key, and those of other keys go on', async () => {
    const [first, second, other] = [open('key_a'), open('key_a'), open('key_b')];
    keys.delete('key_a');

    calls.recheck();
    await vi.waitUntil(() => first.reasons.length > 0);

    expect(first.reasons).toMatchObject([{ code: 'PERMISSION_DENIED' }]);
    expect(second.reasons).toHaveLength(1);
    expect(other.reasons).toEqual([]);
    expect(calls.size).toBe(1);
    expect(asked).toEqual([['key_a', 'key_b']]);
  });

  it('are looked up once after they began, because the change may have been on its way', async () => {
    const call = open('key_gone');

    await calls.runOnce();
    open('key_a');
    await calls.runOnce();
    await calls.runOnce();

    expect(call.reasons).toHaveLength(1);
    expect(asked).toEqual([['key_gone'], ['key_a']]);
  });

  it('end at the moment that the key expires, without a question', async () => {
    keys.set('key_a', rights(later(10)));
    const call = open('key_a', { expiresAt: later(10) });
    await calls.runOnce();
    now = later(9.9);
    await calls.runOnce();
    expect(call.reasons).toEqual([]);

    now = later(10);
    await calls.runOnce();

    expect(call.reasons).toMatchObject([{ message: expect.stringContaining('expired') }]);
    expect(asked).toHaveLength(1);
  });

  it('follow an expiry that was changed while they are open', async () => {
    const call = open('key_a', { expiresAt: later(10) });
    keys.set('key_a', rights());
    calls.recheck();
    await vi.waitUntil(() => asked.length === 1);

    now = later(11);
    await calls.runOnce();

    expect(call.reasons).toEqual([]);
  });

  it('over which more calls are made end when their key may do something else', async () => {
    const [connection, call, other] = [
      open('key_a', { many: true }),
      open('key_a'),
      open('key_b', { many: true }),
    ];
    keys.set('key_a', rights(later(10), { models: { deny: ['gpt-5'] } }));
    keys.set('key_b', rights(later(10)));

    await calls.runOnce();

    expect(connection.reasons).toMatchObject([{ code: 'POLICY_VIOLATION' }]);
    expect([call.reasons, other.reasons]).toEqual([[], []]);
  });

  it('go on while the store is away, and are looked up when it is back', async () => {
    const call = open('key_a');
    failure = new Error('connection refused');
    calls.recheck();
    await vi.waitUntil(() => errors.length === 1);
    expect(call.reasons).toEqual([]);

    failure = null;
    keys.delete('key_a');
    await calls.runOnce();

    expect(call.reasons).toHaveLength(1);
  });

  it('are looked up again when identities change during a look', async () => {
    const gate = Promise.withResolvers<void>();
    hold = gate.promise;
    const call = open('key_a');
    calls.recheck();
    await vi.waitUntil(() => asked.length === 1);

    keys.delete('key_a');
    calls.recheck();
    hold = null;
    gate.resolve();

    await vi.waitUntil(() => call.reasons.length === 1);
    expect(asked).toHaveLength(2);
  });

  it('are none that were taken out', async () => {
    const call = open('key_gone');
    call.release();

    await calls.runOnce();

    expect(call.reasons).toEqual([]);
    expect(asked).toEqual([]);
  });

  it('all end when the process stops, which is no word about their keys', () => {
    const call = open('key_a');

    calls.close();

    expect(call.reasons).toEqual([new Error('The process stops')]);
    expect(() => requireKey(AbortSignal.abort(call.reasons[0]))).not.toThrow();
  });
});
