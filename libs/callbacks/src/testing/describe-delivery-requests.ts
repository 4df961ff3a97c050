import { expect, it } from 'vitest';
import {
  addDelivery,
  claimAll,
  claimOne,
  due,
  failed,
  finish,
  FUTURE,
  learn,
  look,
  type MakeQueueHarness,
  NO_LEASE,
  PAST,
} from './delivery-queue-harness.js';

/** What somebody asks for beside the schedule. */
export function describeRequests(makeHarness: MakeQueueHarness): void {
  it.each(['delivered', 'dead'] as const)(
    'sends a %s delivery again without counting it to the schedule; a failure leaves it so',
    async (state) => {
      const harness = await makeHarness();
      const { id } = await addDelivery(harness, {
        state,
        nextAttemptAt: null,
        attempts: 2,
        autoAttempts: 2,
      });

      await harness.request(id, 'manual');
      const claimed = await claimOne(harness);
      await harness.queue.record([failed(claimed, FUTURE)], learn);

      expect(claimed).toMatchObject({ id, state, trigger: 'manual', attempts: 2 });
      expect(await harness.find(id)).toMatchObject({
        state,
        trigger: 'auto',
        attempts: 3,
        autoAttempts: 2,
        nextAttemptAt: null,
        resumeAt: null,
      });
      expect(await harness.attemptsOf(id)).toMatchObject([{ number: 3, trigger: 'manual' }]);
    },
  );

  it.each([
    ['manual', true],
    ['replay', false],
  ] as const)('shows what was tried and is asked for by %s as first: %s', async (by, isFirst) => {
    const harness = await makeHarness();
    const { id } = await addDelivery(harness, { state: 'dead', nextAttemptAt: null, attempts: 2 });
    const untried = await addDelivery(harness, { state: 'dead', nextAttemptAt: null });

    await harness.request(id, by);
    await harness.request(untried.id, by);

    const expected = [
      [id, isFirst],
      [untried.id, true],
    ];
    // While they are fresh, and when they wait for their receiver.
    for (const _ of ['fresh', 'parked']) {
      const shown = due(await look(harness)).map((one) => [one.id, one.isFirst]);
      expect(shown.toSorted()).toEqual(expected.toSorted());
    }
  });

  it('delivers what was dead when an attempt that was asked for succeeds', async () => {
    const harness = await makeHarness();
    const { id } = await addDelivery(harness, {
      state: 'dead',
      note: 'left alone',
      nextAttemptAt: null,
    });

    await harness.request(id, 'replay');
    await harness.queue.record([finish(await claimOne(harness))], learn);

    expect(await harness.find(id)).toMatchObject({
      state: 'delivered',
      note: null,
      autoAttempts: 0,
    });
    expect(await harness.attemptsOf(id)).toMatchObject([{ trigger: 'replay' }]);
  });

  it('goes back to the schedule when an attempt that was asked for twice fails', async () => {
    const harness = await makeHarness();
    const { id } = await addDelivery(harness, {
      attempts: 1,
      autoAttempts: 1,
      nextAttemptAt: FUTURE,
    });

    await harness.request(id, 'manual');
    await harness.request(id, 'replay');
    expect(await harness.find(id)).toMatchObject({ state: 'pending', resumeAt: FUTURE });
    await harness.queue.record([failed(await claimOne(harness), null)], learn);

    expect(await harness.find(id)).toMatchObject({
      state: 'pending',
      trigger: 'auto',
      nextAttemptAt: FUTURE,
      resumeAt: null,
      attempts: 2,
      autoAttempts: 1,
    });
  });

  it('ends what still waits where the receiver wants no more, also by hand', async () => {
    const harness = await makeHarness();
    const { id } = await addDelivery(harness, { attempts: 1, nextAttemptAt: FUTURE });
    await harness.request(id, 'manual');
    const gone = failed(await claimOne(harness), null);

    const attempt = { ...gone.attempt, status: 410, errorClass: 'gone' as const };
    await harness.queue.record([{ ...gone, attempt }], learn);

    expect(await harness.find(id)).toMatchObject({ state: 'dead', nextAttemptAt: null });
  });

  it('counts an attempt that we broke off to no schedule', async () => {
    const harness = await makeHarness();
    const { id } = await addDelivery(harness);
    const broken = failed(await claimOne(harness), PAST);

    const attempt = { ...broken.attempt, status: null, errorClass: 'interrupted' as const };
    await harness.queue.record([{ ...broken, attempt }], learn);

    expect(await harness.find(id)).toMatchObject({ attempts: 1, autoAttempts: 0 });
    expect(await claimOne(harness)).toMatchObject({ id });
  });

  it.each(['pending', 'dead'] as const)(
    'makes anew an attempt of a %s delivery that was asked for and that we broke off',
    async (state) => {
      const harness = await makeHarness();
      const nextAttemptAt = state === 'pending' ? FUTURE : null;
      const { id } = await addDelivery(harness, { state, nextAttemptAt, attempts: 1 });
      await harness.request(id, 'manual');
      const claimed = await claimOne(harness);

      const next = { state, nextAttemptAt };
      await harness.queue.record(
        [finish(claimed, { next }, { status: null, errorClass: 'interrupted' })],
        learn,
      );

      const again = await claimOne(harness);
      expect(again).toMatchObject({ id, state, trigger: 'manual', resumeAt: nextAttemptAt });
      await harness.queue.record([failed(again, nextAttemptAt)], learn);
      expect(await harness.find(id)).toMatchObject({ state, trigger: 'auto', nextAttemptAt });
    },
  );

  it('sends again, after it, what is asked for while an attempt is being made and recorded', async () => {
    const harness = await makeHarness();
    const { id } = await addDelivery(harness);
    const claimed = await claimOne(harness);

    await harness.request(id, 'manual');
    expect(await claimAll(harness)).toEqual([]);
    await harness.queue.record([finish(claimed)], learn);

    const again = await claimOne(harness);
    expect(again).toMatchObject({ id, state: 'delivered', attempts: 1, trigger: 'manual' });
    await harness.queue.record([failed(again)], learn);
    expect(await harness.find(id)).toMatchObject({
      state: 'delivered',
      attempts: 2,
      nextAttemptAt: null,
    });
    expect(await harness.attemptsOf(id)).toMatchObject([
      { trigger: 'auto' },
      { trigger: 'manual' },
    ]);
  });

  it('goes back to the schedule after what was asked for during a failing attempt', async () => {
    const harness = await makeHarness();
    const { id } = await addDelivery(harness);
    const claimed = await claimOne(harness);

    await harness.request(id, 'manual');
    await harness.queue.record([failed(claimed, FUTURE)], learn);
    await harness.queue.record([failed(await claimOne(harness), null)], learn);

    expect(await harness.find(id)).toMatchObject({
      state: 'pending',
      nextAttemptAt: FUTURE,
      attempts: 2,
    });
  });

  it('forgets no request when the worker of the attempt under way dies', async () => {
    const harness = await makeHarness();
    const { id } = await addDelivery(harness);
    await claimOne(harness, { ...NO_LEASE, leaseMs: 300 });
    await harness.request(id, 'manual');

    await expect.poll(async () => (await claimAll(harness)).length, { timeout: 10_000 }).toBe(1);
    const row = await harness.find(id);
    const claimed = { ...(row ?? (await addDelivery(harness))), wasInterrupted: true };
    const leaseUntil = claimed.nextAttemptAt ?? FUTURE;
    await harness.queue.record([finish({ ...claimed, leaseUntil })], learn);

    expect(await claimOne(harness)).toMatchObject({ id, trigger: 'manual', interrupted: 1 });
  });
}
