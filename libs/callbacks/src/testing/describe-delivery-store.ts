import { describe, expect, it } from 'vitest';
import { type Delivery, type DeliveryAttempt, newDelivery } from '../delivery.js';
import type { DeliveryStore } from '../delivery.store.js';

/** A store with room for rows; `add` does what the task's own commit does. */
export interface DeliveryStoreHarness {
  readonly store: DeliveryStore;
  /** A tenant that rows may belong to. */
  readonly tenantId: string;
  /** Makes a task that deliveries may point at and returns its id; each call another one. */
  readonly makeTask: () => Promise<string>;
  readonly add: (delivery: Delivery) => Promise<void>;
}

const PAST = new Date('2020-01-01T00:00:00.000Z');
const LONG_PAST = new Date('2019-01-01T00:00:00.000Z');
const FUTURE = new Date('2100-01-01T00:00:00.000Z');

/** What every delivery store promises. Dates lie far from now, so no clock needs to be turned. */
export function describeDeliveryStore(
  name: string,
  makeHarness: () => Promise<DeliveryStoreHarness>,
): void {
  describe(`${name} as a delivery store`, () => {
    describeClaim(makeHarness);
    describeRecord(makeHarness);
    describeRedelivery(makeHarness);
    describeReading(makeHarness);
  });
}

type MakeHarness = () => Promise<DeliveryStoreHarness>;

function describeClaim(makeHarness: MakeHarness): void {
  it('gives a due delivery to one of two workers', async () => {
    const { harness, delivery } = await withDelivery(makeHarness);

    const claims = await Promise.all([
      harness.store.claim(delivery.id, FUTURE),
      harness.store.claim(delivery.id, FUTURE),
    ]);

    const won = claims.filter((claimed) => claimed !== null);
    expect(won).toEqual([{ ...delivery, nextAttemptAt: FUTURE }]);
  });

  it('gives a delivery again when the lease of its worker has lapsed', async () => {
    const { harness, delivery } = await withDelivery(makeHarness);
    await harness.store.claim(delivery.id, PAST);

    expect(await harness.store.claim(delivery.id, FUTURE)).toMatchObject({ attempts: 0 });
  });

  it('gives no delivery before it is due, none that is final and none that is unknown', async () => {
    const { harness, taskId } = await withDelivery(makeHarness);
    const later = makeDelivery(harness, taskId, { sequence: 2, nextAttemptAt: FUTURE });
    const dead = makeDelivery(harness, taskId, { sequence: 3, state: 'dead', nextAttemptAt: null });
    await harness.add(later);
    await harness.add(dead);

    expect(await harness.store.claim(later.id, FUTURE)).toBeNull();
    expect(await harness.store.claim(dead.id, FUTURE)).toBeNull();
    expect(await harness.store.claim('msg_unknown', FUTURE)).toBeNull();
  });
}

function describeRecord(makeHarness: MakeHarness): void {
  it('counts a failed attempt and waits until the next is due', async () => {
    const { harness, delivery, taskId } = await withDelivery(makeHarness);
    await harness.store.claim(delivery.id, FUTURE);

    await harness.store.record(makeAttempt(delivery.id, 1), {
      state: 'pending',
      nextAttemptAt: PAST,
    });

    expect(await harness.store.findForTask(taskId)).toEqual([
      { ...delivery, attempts: 1, nextAttemptAt: PAST },
    ]);
    expect(await harness.store.claim(delivery.id, FUTURE)).toMatchObject({ attempts: 1 });
  });

  it.each(['delivered', 'dead'] as const)('ends a delivery as %s for good', async (state) => {
    const { harness, delivery, taskId } = await withDelivery(makeHarness);
    await harness.store.claim(delivery.id, PAST);

    await harness.store.record(makeAttempt(delivery.id, 1), { state, nextAttemptAt: null });

    expect(await harness.store.findForTask(taskId)).toEqual([
      { ...delivery, state, attempts: 1, nextAttemptAt: null },
    ]);
    expect(await harness.store.claim(delivery.id, FUTURE)).toBeNull();
  });

  it('ignores the attempt of a worker that another has overtaken', async () => {
    const { harness, delivery, taskId } = await withDelivery(makeHarness);
    const first = makeAttempt(delivery.id, 1);
    await harness.store.record(first, { state: 'delivered', nextAttemptAt: null });

    await harness.store.record(
      { ...first, status: 500 },
      { state: 'pending', nextAttemptAt: PAST },
    );

    expect(await harness.store.attemptsOf(taskId)).toEqual([first]);
    expect(await harness.store.findForTask(taskId)).toMatchObject([{ state: 'delivered' }]);
  });

  it('keeps every field of an attempt that met no answer', async () => {
    const { harness, delivery, taskId } = await withDelivery(makeHarness);
    const attempt: DeliveryAttempt = {
      ...makeAttempt(delivery.id, 1),
      trigger: 'manual',
      status: null,
      error: 'connection refused',
      answerSnippet: '',
    };

    await harness.store.record(attempt, { state: 'pending', nextAttemptAt: FUTURE });

    expect(await harness.store.attemptsOf(taskId)).toEqual([attempt]);
  });
}

function describeRedelivery(makeHarness: MakeHarness): void {
  it.each(['delivered', 'dead'] as const)(
    'makes the last callback due again after it was %s, and the attempt a manual one',
    async (state) => {
      const { harness, delivery, taskId } = await withDelivery(makeHarness);
      await harness.store.record(makeAttempt(delivery.id, 1), { state, nextAttemptAt: null });

      expect(await harness.store.redeliver(taskId)).toBe(true);
      expect(await harness.store.claim(delivery.id, FUTURE)).toEqual({
        ...delivery,
        attempts: 1,
        trigger: 'manual',
        nextAttemptAt: FUTURE,
      });
    },
  );

  it('goes back to the schedule after a manual attempt', async () => {
    const { harness, delivery, taskId } = await withDelivery(makeHarness);
    await harness.store.redeliver(taskId);

    await harness.store.record(
      { ...makeAttempt(delivery.id, 1), trigger: 'manual' },
      { state: 'pending', nextAttemptAt: PAST },
    );

    expect(await harness.store.findForTask(taskId)).toMatchObject([{ trigger: 'schedule' }]);
  });

  it('has nothing to send again while no callback tells of the end', async () => {
    const harness = await makeHarness();
    const taskId = await harness.makeTask();
    await harness.add(makeDelivery(harness, taskId, { event: 'task.handling' }));

    expect(await harness.store.redeliver(taskId)).toBe(false);
    expect(await harness.store.redeliver('tk-unknown')).toBe(false);
  });
}

function describeReading(makeHarness: MakeHarness): void {
  it('lists what is due, the longest overdue first, at most as many as asked', async () => {
    const { harness, delivery, taskId } = await withDelivery(makeHarness);
    const older = makeDelivery(harness, taskId, { sequence: 2, nextAttemptAt: LONG_PAST });
    const later = makeDelivery(harness, taskId, { sequence: 3, nextAttemptAt: FUTURE });
    await harness.add(older);
    await harness.add(later);

    const ours = new Set([delivery.id, older.id, later.id]);
    const due = await harness.store.due(10_000);

    expect(due.filter((id) => ours.has(id))).toEqual([older.id, delivery.id]);
    expect(await harness.store.due(1)).toHaveLength(1);
  });

  it('lists deliveries and attempts of one task only, in their order', async () => {
    const { harness, delivery, taskId } = await withDelivery(makeHarness);
    const second = makeDelivery(harness, taskId, { sequence: 2 });
    const foreign = makeDelivery(harness, await harness.makeTask(), { sequence: 1 });
    await harness.add(second);
    await harness.add(foreign);
    const retry = { state: 'pending', nextAttemptAt: PAST } as const;
    for (const [id, number] of [
      [second.id, 1],
      [delivery.id, 1],
      [foreign.id, 1],
      [delivery.id, 2],
    ] as const) {
      await harness.store.record(makeAttempt(id, number), retry);
    }

    const deliveries = await harness.store.findForTask(taskId);
    const attempts = await harness.store.attemptsOf(taskId);

    expect(deliveries.map(({ id }) => id)).toEqual([delivery.id, second.id]);
    expect(attempts.map(({ deliveryId, number }) => [deliveryId, number])).toEqual([
      [delivery.id, 1],
      [delivery.id, 2],
      [second.id, 1],
    ]);
  });

  it('knows nothing of a task without callbacks', async () => {
    const { store } = await makeHarness();

    expect(await store.findForTask('tk-unknown')).toEqual([]);
    expect(await store.attemptsOf('tk-unknown')).toEqual([]);
  });
}

async function withDelivery(makeHarness: MakeHarness) {
  const harness = await makeHarness();
  const taskId = await harness.makeTask();
  const delivery = makeDelivery(harness, taskId, {});
  await harness.add(delivery);
  return { harness, delivery, taskId };
}

function makeDelivery(
  { tenantId }: DeliveryStoreHarness,
  taskId: string,
  fields: Partial<Delivery>,
): Delivery {
  const made = newDelivery(
    {
      taskId,
      tenantId,
      event: 'task.success',
      sequence: 1,
      url: 'https://receiver.example/hook',
      body: '{"taskId":"tk-1","text":"é\\n"}',
    },
    PAST,
  );
  return { ...made, ...fields };
}

const makeAttempt = (deliveryId: string, number: number): DeliveryAttempt => ({
  deliveryId,
  number,
  trigger: 'schedule',
  startedAt: PAST,
  durationMs: 12,
  status: 200,
  error: null,
  answerSnippet: 'ok',
});
