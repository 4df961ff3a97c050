import { FAR_FUTURE, InMemoryDueWork, makeTask, NOON, workbench } from '@app/tasks/testing';
import { describe, expect, it } from 'vitest';
import { RetentionDuty } from './retention.duty.js';

async function keepKeys(count: number, expiresAt: Date) {
  const { store } = workbench();
  for (let made = 0; made < count; made += 1) {
    const idempotency = { key: `k-${made}`, fingerprint: Buffer.alloc(32), expiresAt };
    await store.create({ task: makeTask(), idempotency, rings: [] });
  }
  return { store, duty: new RetentionDuty(new InMemoryDueWork(store)) };
}

describe('RetentionDuty', () => {
  it.each([
    [0, false],
    [999, false],
    [1_000, true],
  ])('with %i expired keys says that there may be more: %s', async (count, more) => {
    const { duty, store } = await keepKeys(count, NOON);

    expect(await duty.runOnce()).toBe(more);
    expect(store.keys.size).toBe(0);
  });

  it('keeps keys that live', async () => {
    const { duty, store } = await keepKeys(3, FAR_FUTURE);

    expect(await duty.runOnce()).toBe(false);
    expect(store.keys.size).toBe(3);
  });
});
