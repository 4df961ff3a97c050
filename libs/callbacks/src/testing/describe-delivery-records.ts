import { expect, it } from 'vitest';
import type { DeliveryAttempt } from '../delivery.js';
import {
  addDelivery,
  claimAll,
  claimOne,
  decideEach,
  due,
  failed,
  finish,
  FUTURE,
  idsOf,
  learn,
  LIMITS,
  look,
  type MakeQueueHarness,
  NO_LEASE,
  ORIGIN,
  PAST,
} from './delivery-queue-harness.js';

/** What becomes of attempts, their deliveries and their receivers. */
export function describeRecords(makeHarness: MakeQueueHarness): void {
  it('counts a failed attempt and waits until the next is due', async () => {
    const harness = await makeHarness();
    const delivery = await addDelivery(harness);

    await harness.queue.record([failed(await claimOne(harness))], learn);

    const counted = { ...delivery, attempts: 1, autoAttempts: 1, nextAttemptAt: PAST };
    expect(await harness.find(delivery.id)).toEqual(counted);
    expect(due(await look(harness))).toMatchObject([{ id: delivery.id, isFirst: false }]);
    await harness.queue.record([failed(await claimOne(harness), FUTURE)], learn);
    expect(await claimAll(harness)).toEqual([]);
  });

  it.each(['delivered', 'dead'] as const)('ends a delivery as %s for good', async (state) => {
    const harness = await makeHarness();
    const delivery = await addDelivery(harness);

    const next = { state, nextAttemptAt: null };
    await harness.queue.record([finish(await claimOne(harness, NO_LEASE), { next })], learn);

    const ended = { ...delivery, ...next, attempts: 1, autoAttempts: 1 };
    expect(await harness.find(delivery.id)).toEqual(ended);
    expect(await claimAll(harness)).toEqual([]);
  });

  it('keeps every field of an attempt, whatever characters a receiver answered with', async () => {
    const harness = await makeHarness();
    const { id } = await addDelivery(harness);
    const claimed = await claimOne(harness);
    const { attempt } = finish(claimed);
    const odd = 'a\0b \uD800 "\\u0000" \u{1F600}';

    await harness.queue.record(
      [finish(claimed, {}, { answerSnippet: odd, error: odd, remoteAddress: null })],
      learn,
    );

    const [kept] = await harness.attemptsOf(id);
    expect(kept?.answerSnippet).toContain('"\\u0000" \u{1F600}');
    expect({ ...kept, answerSnippet: 'ok', error: null }).toEqual({
      ...attempt,
      remoteAddress: null,
    });
  });

  it('keeps what met no answer', async () => {
    const harness = await makeHarness();
    const { id } = await addDelivery(harness);
    const none = { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: null };
    const fields: Partial<DeliveryAttempt> = {
      phases: none,
      remoteAddress: null,
      status: null,
      errorClass: 'closed',
      error: 'cannot connect',
      answerSnippet: '',
    };

    const claimed = await claimOne(harness);
    await harness.queue.record([finish(claimed, {}, fields)], learn);

    expect(await harness.attemptsOf(id)).toEqual([finish(claimed, {}, fields).attempt]);
  });

  it('ignores the attempt of a worker that another has overtaken', async () => {
    const harness = await makeHarness();
    const { id } = await addDelivery(harness);
    const slow = await claimOne(harness, NO_LEASE);
    const fast = await claimOne(harness);

    await harness.queue.record([failed(slow)], learn);
    expect(await harness.find(id)).toMatchObject({ attempts: 0, nextAttemptAt: fast.leaseUntil });
    await harness.queue.record([finish(fast)], learn);
    await harness.queue.record([failed(slow)], learn);
    await harness.queue.record([finish(fast)], learn);

    expect(await harness.find(id)).toMatchObject({ state: 'delivered', attempts: 1 });
    expect(await harness.attemptsOf(id)).toHaveLength(1);
    const receiver = await harness.findReceiver({ tenantId: harness.tenantId, origin: ORIGIN });
    expect(receiver?.health.failures).toBe(0);
  });

  it('has the health of each receiver learn of its own attempts, in order', async () => {
    const harness = await makeHarness();
    await addDelivery(harness);
    await addDelivery(harness);
    await addDelivery(harness, { origin: 'https://b.example' });
    const claimed = await claimAll(harness);
    const told: unknown[] = [];

    const finished = claimed.map((one, index) =>
      index === 0 ? { ...failed(one), retryAfterSeconds: 30 } : finish(one),
    );
    await harness.queue.record(finished, (health, outcomes, now) => {
      told.push(outcomes);
      expect(Math.abs(now.getTime() - Date.now())).toBeLessThan(3_600_000);
      return learn(health, outcomes);
    });

    const failure = { errorClass: 'server-error', retryAfterSeconds: 30 };
    const byReceiver = Map.groupBy(finished, ({ claimed: { origin } }) => origin);
    const outcomes = [...byReceiver.values()].map((ofOne) =>
      ofOne.map((one) => (one === finished[0] ? failure : { errorClass: null })),
    );
    expect(told).toHaveLength(2);
    expect(told).toEqual(expect.arrayContaining(outcomes));
    const failing = await harness.findReceiver({
      tenantId: harness.tenantId,
      origin: claimed[0]?.origin ?? '',
    });
    expect(failing?.health).toMatchObject({ failures: 1, failingSince: PAST.getTime() });
  });

  it('looks at a crowded receiver as soon as an attempt ends, at another one when it has something due', async () => {
    const harness = await makeHarness();
    const key = { tenantId: harness.tenantId, origin: ORIGIN };
    const [first, second] = [await addDelivery(harness), await addDelivery(harness)];
    const { claimed } = await harness.queue.claim(LIMITS, oneAtOnce(true));
    expect(await look(harness)).toBeUndefined();

    await harness.queue.record(
      claimed.map((one) => finish(one)),
      learn,
    );
    const left = [first, second].filter(({ id }) => id !== claimed[0]?.id);
    const { claimed: next } = await harness.queue.claim(LIMITS, oneAtOnce(false));
    await harness.queue.record(
      next.map((one) => failed(one, new Date(one.leaseUntil.getTime() - 1_000))),
      learn,
    );

    expect(idsOf(next)).toEqual(idsOf(left));
    const lookAt = (await harness.findReceiver(key))?.lookAt;
    expect(lookAt).toEqual(new Date(Number(next[0]?.leaseUntil) - 1_000));
  });
}

const oneAtOnce = (crowded: boolean) =>
  decideEach(({ due: shown }) => ({ send: idsOf(shown.slice(0, 1)), lookAt: FUTURE, crowded }));
