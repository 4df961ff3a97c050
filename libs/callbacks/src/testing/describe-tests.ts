import { expect, it } from 'vitest';
import { KEPT_TESTS } from '../delivery.store.js';
import { testDelivery } from '../test-delivery.js';
import { DEAD, type MakeHarness, minute, ORIGIN, PAST } from './delivery-store-harness.js';

export function describeTests(makeHarness: MakeHarness): void {
  it('takes a test: due at once, of no task, with its own id in the body', async () => {
    const { store, tenantId } = await makeHarness();
    const test = testDelivery({ tenantId, url: `${ORIGIN}/hook` }, PAST);

    expect(await store.addTest(test, 1)).toBe(true);

    const found = await store.find(tenantId, test.id);
    expect(found).toEqual({
      delivery: { ...test, nextAttemptAt: found?.delivery.nextAttemptAt },
      attempts: [],
    });
    expect(found?.delivery.nextAttemptAt?.getTime()).toBeGreaterThan(PAST.getTime());
    expect(JSON.parse(test.body)).toEqual({
      event: 'callback.test',
      deliveryId: test.id,
      created: PAST.getTime() / 1000,
    });
  });

  it('takes no more unfinished tests of a tenant than it may have, even all at once', async () => {
    const { store, tenantId } = await makeHarness();
    const url = `${ORIGIN}/hook`;

    const taken = await Promise.all(
      Array.from(
        { length: 8 },
        async () => await store.addTest(testDelivery({ tenantId, url }, new Date()), 3),
      ),
    );

    expect(taken.filter(Boolean)).toHaveLength(3);
    expect((await store.list({ tenantId }, { limit: 10 })).deliveries).toHaveLength(3);
  });

  it('keeps the newest of the finished tests', async () => {
    const { store, tenantId, add } = await makeHarness();
    const test = (count: number) =>
      testDelivery({ tenantId, url: `${ORIGIN}/hook` }, minute(count));
    const ended = Array.from({ length: KEPT_TESTS + 2 }, (_, count) => ({
      ...test(count),
      ...DEAD,
    }));
    for (const one of ended) await add(one);

    await store.addTest(test(KEPT_TESTS + 2), 1);

    const { deliveries } = await store.list({ tenantId }, { limit: 200 });
    expect(deliveries).toHaveLength(KEPT_TESTS + 1);
    expect(deliveries.at(-1)?.id).toBe(ended[2]?.id);
  });
}
