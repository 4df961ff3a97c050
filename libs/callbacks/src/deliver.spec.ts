import { describe, expect, it } from 'vitest';
import { Deliverer } from './deliver.js';
import type { DeliveryAttempt } from './delivery.js';
import type { Verdict } from './judge-answer.js';
import type { SendLimits } from './send-callback.js';
import { claimedDelivery } from './testing/claimed-delivery.js';

const NOW = new Date('2026-11-23T12:00:00.000Z');

/** A sender that is told what comes of it. */
function setUp(verdict: Verdict, fields: Partial<DeliveryAttempt> = {}) {
  const asked: SendLimits[] = [];
  const sender = {
    send: async ({ id }: { readonly id: string }, limits: SendLimits = {}) => {
      asked.push(limits);
      return { attempt: { ...ATTEMPT, deliveryId: id, ...fields }, verdict };
    },
  };
  const deliverer = new Deliverer(sender, {
    schedule: [10, 60],
    slowDownSeconds: 60,
    now: () => NOW,
    random: () => 0.5,
  });
  return { asked, deliverer };
}

const outOfReach = async (): Promise<never> => {
  throw new Error('no database');
};

const ATTEMPT: DeliveryAttempt = {
  deliveryId: 'msg_1',
  number: 1,
  trigger: 'auto',
  startedAt: NOW,
  durationMs: 12,
  phases: { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: null },
  remoteAddress: null,
  status: 200,
  errorClass: null,
  error: null,
  answerSnippet: '',
};

const busy: Verdict = { outcome: 'retry', timedOutOr429: false, retryAfterSeconds: 30 };

describe('Deliverer', () => {
  it('says what was claimed, what was tried and where the delivery stands then', async () => {
    const claimed = claimedDelivery({ autoAttempts: 1 });
    const { deliverer } = setUp({ outcome: 'retry', timedOutOr429: false }, { status: 500 });

    const finished = await deliverer.deliver(claimed);

    expect(finished).toMatchObject({
      claimed,
      attempt: { deliveryId: claimed.id, status: 500 },
      next: { state: 'pending', nextAttemptAt: new Date(NOW.getTime() + 60_000) },
    });
  });

  it.each([
    [429, 30],
    [503, 30],
    [500, undefined],
    [404, undefined],
  ])('passes on what a receiver that answers %i asks for: %s s', async (status, seconds) => {
    const { deliverer } = setUp(busy, { status });

    expect((await deliverer.deliver(claimedDelivery())).retryAfterSeconds).toBe(seconds);
  });

  it('gives the attempt the time and the signal that it was given', async () => {
    const { deliverer, asked } = setUp({ outcome: 'delivered' });
    const limits = { withinMs: 700, signal: new AbortController().signal };

    await deliverer.deliver(claimedDelivery(), limits);

    expect(asked).toEqual([limits]);
  });

  it('has nothing to record when the fault is our own', async () => {
    const deliverer = new Deliverer({ send: outOfReach }, { schedule: [10], slowDownSeconds: 60 });

    await expect(deliverer.deliver(claimedDelivery())).rejects.toThrow('no database');
  });
});
