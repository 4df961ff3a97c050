import { expect, it } from 'vitest';
import type { Delivery } from '../delivery.js';
import type { DeliveryFilter } from '../delivery.store.js';
import {
  addDelivery,
  DEAD,
  DELIVERED,
  type DeliveryStoreHarness,
  type MakeHarness,
  minute,
  ORIGIN,
} from './delivery-store-harness.js';

const idsOf = (deliveries: readonly { readonly id: string }[]): readonly string[] =>
  deliveries.map(({ id }) => id);

/** One a minute, of every sort. */
async function addSome(harness: DeliveryStoreHarness): Promise<readonly Delivery[]> {
  const sorts: readonly Partial<Delivery>[] = [
    DELIVERED,
    { ...DEAD, event: 'task.fail' },
    { origin: 'https://other.example' },
    { event: 'task.handling', state: 'skipped', nextAttemptAt: null, note: 'overtaken' },
    DEAD,
  ];
  const added: Delivery[] = [];
  for (const [index, sort] of sorts.entries()) {
    added.push(await addDelivery(harness, { ...sort, createdAt: minute(index) }));
  }
  return added;
}

export function describeListing(makeHarness: MakeHarness): void {
  it.each<[string, DeliveryFilter, readonly number[]]>([
    ['everything', {}, [4, 3, 2, 1, 0]],
    ['those of a state', { state: 'dead' }, [4, 1]],
    ['those that were overtaken', { state: 'skipped' }, [3]],
    ['those of an event', { event: 'task.fail' }, [1]],
    ['those to an origin', { origin: ORIGIN }, [4, 3, 1, 0]],
    [
      'those of a time, its first moment and not its last',
      { from: minute(1), to: minute(3) },
      [2, 1],
    ],
    ['those that match in all', { state: 'dead', from: minute(2) }, [4]],
    ['nothing, where nothing matches', { state: 'pending', event: 'task.fail' }, []],
  ])('lists %s, newest first', async (_, filter, expected) => {
    const harness = await makeHarness();
    const added = await addSome(harness);
    const { tenantId } = harness;

    const { deliveries, next } = await harness.store.list({ tenantId, ...filter }, { limit: 10 });

    expect(idsOf(deliveries)).toEqual(expected.map((index) => added[index]?.id));
    expect(next).toBeNull();
  });

  it('lists what one task told of', async () => {
    const harness = await makeHarness();
    const [first] = await addSome(harness);
    const taskId = first?.taskId ?? '';

    const { deliveries } = await harness.store.list({ taskId }, { limit: 10 });

    expect(idsOf(deliveries)).toEqual([first?.id]);
  });

  it('gives a page at a time, without the bytes', async () => {
    const harness = await makeHarness();
    const added = await addSome(harness);
    const { store, tenantId } = harness;
    const first = await store.list({ tenantId }, { limit: 3 });
    const second = await store.list({ tenantId }, { limit: 3, after: first.next ?? '' });

    expect(idsOf([...first.deliveries, ...second.deliveries])).toEqual(idsOf(added).toReversed());
    expect([first.next, second.next]).toEqual([added[2]?.id, null]);
    const { body: _, ...summary } = added[4] ?? { body: '' };
    expect(first.deliveries[0]).toEqual(summary);
  });

  it('ends with a page that is just full', async () => {
    const harness = await makeHarness();
    const added = await addSome(harness);
    const { tenantId } = harness;

    const { next } = await harness.store.list({ tenantId }, { limit: added.length });

    expect(next).toBeNull();
  });

  it('lists nothing of an erased task', async () => {
    const harness = await makeHarness();
    const { taskId } = await addDelivery(harness);
    await harness.eraseTask(taskId ?? '');
    const { tenantId } = harness;

    expect(await harness.store.list({ tenantId }, { limit: 10 })).toEqual({
      deliveries: [],
      next: null,
    });
  });
}
