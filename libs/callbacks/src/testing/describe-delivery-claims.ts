import { expect, it } from 'vitest';
import { NEW_RECEIVER } from '../receiver.js';
import {
  addDelivery,
  claimAll,
  claimOne,
  decideEach,
  due,
  failed,
  FUTURE,
  idsOf,
  learn,
  LIMITS,
  LONG_PAST,
  look,
  type MakeQueueHarness,
  NO_LEASE,
  ORIGIN,
  PAST,
  sendAll,
  sendNone,
} from './delivery-queue-harness.js';

/** What a turn shows, takes and leaves. */
export function describeClaims(makeHarness: MakeQueueHarness): void {
  describeViews(makeHarness);
  describeTurns(makeHarness);

  it('gives what is due with everything that is needed to send it', async () => {
    const harness = await makeHarness();
    const delivery = await addDelivery(harness);

    const { claimed, hasMore } = await harness.queue.claim(LIMITS, sendAll);

    const [{ leaseUntil } = { leaseUntil: PAST }] = claimed;
    expect(claimed).toEqual([
      { ...delivery, nextAttemptAt: leaseUntil, leaseUntil, wasInterrupted: false },
    ]);
    expect(leaseUntil > new Date()).toBe(true);
    expect(hasMore).toBe(false);
    expect(await harness.find(delivery.id)).toEqual({ ...delivery, nextAttemptAt: leaseUntil });
    expect(await claimAll(harness)).toEqual([]);
  });

  it('gives nothing before it is due and nothing that is final', async () => {
    const harness = await makeHarness();
    await addDelivery(harness, { nextAttemptAt: FUTURE });
    await addDelivery(harness, { state: 'dead', nextAttemptAt: null });

    expect(await claimAll(harness)).toEqual([]);
  });

  it('gives a test, which belongs to no task', async () => {
    const harness = await makeHarness();
    const { id } = await addDelivery(harness, { taskId: null, event: 'callback.test' });

    expect(await claimOne(harness)).toMatchObject({ id, taskId: null, event: 'callback.test' });
  });

  it('gives again what a worker left behind, and counts that', async () => {
    const harness = await makeHarness();
    await addDelivery(harness);
    await claimOne(harness, NO_LEASE);

    expect(await claimOne(harness, NO_LEASE)).toMatchObject({
      interrupted: 1,
      wasInterrupted: true,
    });
    expect(await claimOne(harness)).toMatchObject({ attempts: 0, interrupted: 2 });
    expect(await claimAll(harness)).toEqual([]);
  });

  it('ends what is not to be sent, and says why', async () => {
    const harness = await makeHarness();
    const [skipped, dead] = [await addDelivery(harness), await addDelivery(harness)];
    const end = [
      { id: skipped.id, state: 'skipped', note: 'overtaken' },
      { id: dead.id, state: 'dead', note: 'left alone' },
    ] as const;

    const { claimed } = await harness.queue.claim(
      LIMITS,
      decideEach(() => ({ end })),
    );

    expect(claimed).toEqual([]);
    const none = { nextAttemptAt: null, attempts: 0 };
    expect(await harness.find(skipped.id)).toMatchObject({
      ...none,
      state: 'skipped',
      note: 'overtaken',
    });
    expect(await harness.find(dead.id)).toMatchObject({
      ...none,
      state: 'dead',
      note: 'left alone',
    });
    expect(due(await look(harness))).toEqual([]);
  });

  it('takes no delivery of another receiver, whatever the decision names', async () => {
    const harness = await makeHarness();
    const one = await addDelivery(harness);
    await addDelivery(harness, { origin: 'https://other.example' });

    const { claimed } = await harness.queue.claim(
      LIMITS,
      decideEach(({ origin }) => ({ send: origin === ORIGIN ? [] : [one.id, 'msg_unknown'] })),
    );

    expect(claimed).toEqual([]);
  });
}

function describeViews(makeHarness: MakeQueueHarness): void {
  it('shows a receiver that nothing was sent to as one that does well', async () => {
    const harness = await makeHarness();
    const { id, event, sequence, createdAt } = await addDelivery(harness);

    expect(await look(harness)).toEqual({
      tenantId: harness.tenantId,
      origin: ORIGIN,
      health: NEW_RECEIVER,
      inFlight: 0,
      due: [{ id, event, sequence, createdAt, isFirst: true, isSuperseded: false }],
      nextDueAt: null,
      hasMore: false,
    });
  });

  it('keeps the health that was decided', async () => {
    const harness = await makeHarness();
    await addDelivery(harness);
    const health = { ...NEW_RECEIVER, atOnce: 3, pausedUntil: 17, tokens: 0.25 };

    await harness.queue.claim(
      LIMITS,
      decideEach(() => ({ health, lookAt: PAST })),
    );

    expect((await look(harness))?.health).toEqual(health);
  });

  it('shows how many attempts are under way and when the next is due', async () => {
    const harness = await makeHarness();
    await addDelivery(harness);
    const [claimed] = await claimAll(harness);
    await addDelivery(harness);
    await claimAll(harness);
    await addDelivery(harness);

    if (claimed) await harness.queue.record([failed(claimed, FUTURE)], learn);

    expect(await look(harness)).toMatchObject({ inFlight: 1, due: [{}], nextDueAt: FUTURE });
  });

  it('counts no lapsed lease as under way', async () => {
    const harness = await makeHarness();
    await addDelivery(harness);
    await claimOne(harness, NO_LEASE);

    expect(await look(harness)).toMatchObject({ inFlight: 0, due: [{ isFirst: true }] });
  });

  it('tells which deliveries something newer of their task overtook', async () => {
    const harness = await makeHarness();
    const taskId = await harness.makeTask();
    const fields = { taskId, event: 'task.handling' } as const;
    const early = await addDelivery(harness, { ...fields, sequence: 1 });
    const late = await addDelivery(harness, {
      taskId,
      sequence: 2,
      state: 'delivered',
      nextAttemptAt: null,
    });

    expect(due(await look(harness))).toMatchObject([{ id: early.id, isSuperseded: true }]);
    expect((await harness.find(late.id))?.state).toBe('delivered');
  });

  it('shows first attempts before those that are made again, each oldest first, and room for either', async () => {
    const harness = await makeHarness();
    const retries = [
      await addDelivery(harness, { attempts: 1, autoAttempts: 1, nextAttemptAt: PAST }),
      await addDelivery(harness, { attempts: 2, autoAttempts: 2, nextAttemptAt: LONG_PAST }),
    ];
    const between = new Date('2019-06-01T00:00:00.000Z');
    const asked = { attempts: 3, trigger: 'manual', nextAttemptAt: between } as const;
    const firsts = [
      await addDelivery(harness),
      await addDelivery(harness, asked),
      await addDelivery(harness, { nextAttemptAt: LONG_PAST }),
    ];
    const inOrder = [...firsts.toReversed(), ...retries.toReversed()].map(({ id }) => id);

    const view = await look(harness);
    expect(idsOf(due(view))).toEqual(inOrder);
    expect(due(view).map(({ isFirst }) => isFirst)).toEqual([true, true, true, false, false]);
    expect(view?.hasMore).toBe(false);
    const narrow = await look(harness, { ...LIMITS, perReceiver: 2 });
    expect(idsOf(due(narrow))).toEqual([inOrder[0], inOrder[3]]);
    expect(narrow?.hasMore).toBe(true);
  });
}

function describeTurns(makeHarness: MakeQueueHarness): void {
  it('looks again at what was left only when it is time to', async () => {
    const harness = await makeHarness();
    const { id } = await addDelivery(harness);
    await harness.queue.claim(LIMITS, sendNone);

    expect(await look(harness)).toBeUndefined();
    await addDelivery(harness);
    expect(idsOf(due(await look(harness)))).toContain(id);
    expect(due(await look(harness))).toHaveLength(2);
  });

  it('looks at a receiver again when the lease of an attempt ends, whenever else it was told to', async () => {
    const harness = await makeHarness();
    await addDelivery(harness);
    const leave = decideEach(({ due: shown }) => ({ send: idsOf(shown), lookAt: FUTURE }));

    const { claimed } = await harness.queue.claim(LIMITS, leave);

    const key = { tenantId: harness.tenantId, origin: ORIGIN };
    expect((await harness.findReceiver(key))?.lookAt).toEqual(claimed[0]?.leaseUntil);
  });

  it('shows no more receivers than it may, and comes to all of them', async () => {
    const harness = await makeHarness();
    const origins = [1, 2, 3, 4, 5].map((n) => `https://r${n}.example`);
    for (const origin of origins) await addDelivery(harness, { origin });
    const seen: string[] = [];

    let turns = 0;
    for (let hasMore = true; hasMore && turns < 10; turns += 1) {
      const turn = await harness.queue.claim({ ...LIMITS, receivers: 2 }, (view) => {
        expect(view.receivers.length).toBeLessThanOrEqual(2);
        seen.push(...view.receivers.map(({ origin }) => origin));
        return sendAll(view);
      });
      hasMore = turn.hasMore;
    }

    expect(turns).toBe(3);
    expect(seen.toSorted()).toEqual(origins);
  });

  it('leaves what no decision speaks of as it is', async () => {
    const harness = await makeHarness();
    const { id } = await addDelivery(harness);

    await harness.queue.claim(LIMITS, () => []);

    expect(idsOf(await claimAll(harness))).toEqual([id]);
  });
}
