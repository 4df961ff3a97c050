import { expect, it } from 'vitest';
import type { Delivery } from '../delivery.js';
import { testDelivery } from '../test-delivery.js';
import {
  addDelivery,
  DEAD,
  DELIVERED,
  type DeliveryStoreHarness,
  FUTURE,
  type MakeHarness,
  minute,
  ORIGIN,
  PAST,
} from './delivery-store-harness.js';

async function reread({ store }: DeliveryStoreHarness, { id }: Delivery): Promise<Delivery> {
  const found = await store.find(null, id);
  if (!found) throw new Error(`No delivery ${id}`);
  return found.delivery;
}

const isNow = (date: Date | null): boolean =>
  Math.abs((date?.getTime() ?? 0) - Date.now()) < 60_000;

export function describeRedelivery(makeHarness: MakeHarness): void {
  it.each([DEAD, DELIVERED])(
    'has one that is $state sent once more, and leaves it $state',
    async (end) => {
      const harness = await makeHarness();
      const delivery = await addDelivery(harness, end);
      const { store, tenantId } = harness;

      expect(await store.redeliver({ tenantId, deliveryId: delivery.id }, 'manual', 1)).toEqual([
        delivery.id,
      ]);

      const asked = await reread(harness, delivery);
      expect(asked).toEqual({ ...delivery, trigger: 'manual', nextAttemptAt: asked.nextAttemptAt });
      expect(isNow(asked.nextAttemptAt)).toBe(true);
    },
  );

  it('has one that waits sent now, and its schedule go on afterwards, however often it is asked', async () => {
    const harness = await makeHarness();
    const delivery = await addDelivery(harness, {
      nextAttemptAt: FUTURE,
      attempts: 1,
      autoAttempts: 1,
    });
    const ask = async (trigger: 'manual' | 'replay') =>
      await harness.store.redeliver({ taskId: delivery.taskId ?? '' }, trigger, 10);
    await ask('replay');
    await ask('manual');

    const asked = await reread(harness, delivery);

    expect(asked).toMatchObject({ state: 'pending', trigger: 'manual', resumeAt: FUTURE });
    expect(isNow(asked.nextAttemptAt)).toBe(true);
    expect(await harness.requestedOf(delivery.id)).toBeNull();
  });

  it('has one that is under way sent again after it, and disturbs nothing', async () => {
    const harness = await makeHarness();
    const delivery = await addDelivery(harness, { nextAttemptAt: FUTURE }, FUTURE);
    const { store, tenantId } = harness;

    const ids = await store.redeliver({ tenantId }, 'replay', 10);

    expect(ids).toEqual([delivery.id]);
    expect(await reread(harness, delivery)).toEqual(delivery);
    expect(await harness.requestedOf(delivery.id)).toBe('replay');
  });

  it('takes one whose worker died as idle, and remembers the attempt', async () => {
    const harness = await makeHarness();
    const delivery = await addDelivery(harness, { nextAttemptAt: PAST }, PAST);

    await harness.store.redeliver({ tenantId: harness.tenantId }, 'manual', 1);

    expect(await reread(harness, delivery)).toMatchObject({
      trigger: 'manual',
      resumeAt: PAST,
      interrupted: 1,
    });
    expect(await harness.requestedOf(delivery.id)).toBeNull();
  });

  it('sends again what matches, oldest first, at most as many as asked', async () => {
    const harness = await makeHarness();
    const { store, tenantId } = harness;
    const dead: Delivery[] = [];
    for (const count of [3, 1, 2])
      dead.push(await addDelivery(harness, { ...DEAD, createdAt: minute(count) }));
    const delivered = await addDelivery(harness, { ...DELIVERED, createdAt: minute(0) });
    const filter = { tenantId, state: 'dead' } as const;

    expect(await store.redeliver(filter, 'replay', 2)).toEqual([dead[1]?.id, dead[2]?.id]);
    expect(
      await store.redeliver({ ...filter, from: minute(3), to: minute(4) }, 'replay', 9),
    ).toEqual([dead[0]?.id]);
    expect(await reread(harness, delivered)).toEqual(delivered);
    expect(await store.redeliver({ tenantId: 'another tenant' }, 'replay', 9)).toEqual([]);
  });

  it('takes the rest when a filter is sent again, and a single one as often as it is asked', async () => {
    const harness = await makeHarness();
    const { store, tenantId } = harness;
    const first = await addDelivery(harness, { ...DEAD, createdAt: minute(1) });
    const second = await addDelivery(harness, { ...DEAD, createdAt: minute(2) });
    const underWay = await addDelivery(
      harness,
      { nextAttemptAt: FUTURE, createdAt: minute(3) },
      FUTURE,
    );
    const replay = async () => await store.redeliver({ tenantId }, 'replay', 1);

    expect(await store.countRedeliverable({ tenantId }, 10)).toBe(3);
    expect([await replay(), await replay(), await replay(), await replay()]).toEqual([
      [first.id],
      [second.id],
      [underWay.id],
      [],
    ]);
    expect(await store.countRedeliverable({ tenantId }, 10)).toBe(0);
    const deliveryId = first.id;
    expect(await store.redeliver({ tenantId, deliveryId }, 'manual', 1)).toEqual([deliveryId]);
  });

  it('sends again, and counts, only ends of tasks and tests that have something to tell', async () => {
    const harness = await makeHarness();
    const { store, tenantId } = harness;
    const erased = await addDelivery(harness, DEAD);
    await harness.eraseTask(erased.taskId ?? '');
    await addDelivery(harness, { ...DELIVERED, body: '{}' });
    await addDelivery(harness, { ...DELIVERED, event: 'task.handling' });
    await addDelivery(harness, { ...DEAD, event: 'task.archiving' });
    await addDelivery(harness, { state: 'skipped', nextAttemptAt: null });
    const ended = await addDelivery(harness, { ...DEAD, event: 'task.fail', createdAt: minute(1) });
    const test = { ...testDelivery({ tenantId, url: `${ORIGIN}/hook` }, minute(2)), ...DEAD };
    await harness.add(test);

    expect(await store.countRedeliverable({ tenantId }, 10)).toBe(2);
    expect(await store.countRedeliverable({ tenantId }, 1)).toBe(1);
    expect(await store.countRedeliverable({ tenantId, event: 'task.fail' }, 10)).toBe(1);
    const event = 'callback.test';
    expect(await store.countRedeliverable({ tenantId, event }, 10)).toBe(1);
    expect(await store.redeliver({ tenantId }, 'replay', 10)).toEqual([ended.id, test.id]);
  });
}
