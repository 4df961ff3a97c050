import { createAdmitted, InMemoryDueWork, NOON, workbench } from '@app/tasks/testing';
import { describe, expect, it } from 'vitest';
import { RelayDuty } from './relay.duty.js';

function bench() {
  const made = workbench();
  made.metrics.relayed.reset();
  return { ...made, work: new InMemoryDueWork(made.store) };
}

const valuesOf = async (counter: { get(): Promise<{ values: { value: number }[] }> }) =>
  (await counter.get()).values.map(({ value }) => value);

describe('RelayDuty', () => {
  it('rings for what waits in the outbox', async () => {
    const { work, bell, metrics, harness, store } = bench();
    const { id } = await createAdmitted(harness);

    const more = await new RelayDuty(work, bell, metrics).runOnce();

    expect(more).toBe(false);
    expect(bell.rings).toMatchObject([{ step: 'submit', subject: id }]);
    expect(store.rings).toEqual([]);
    expect(await valuesOf(metrics.relayed)).toEqual([1]);
  });

  it('keeps the rows while the queue is away, and counts nothing', async () => {
    const { work, bell, metrics, harness, store } = bench();
    await createAdmitted(harness);
    bell.failure = new Error('queue away');

    await expect(new RelayDuty(work, bell, metrics).runOnce()).rejects.toThrow('queue away');

    expect(store.rings).toHaveLength(1);
    expect(await valuesOf(metrics.relayed)).toEqual([]);
  });

  it('says that there is more after a full batch', async () => {
    const { work, bell, metrics, store } = bench();
    const ring = { step: 'submit', subject: 'tk-1', dueAt: NOON } as const;
    store.rings.push(...Array.from({ length: 501 }, (_, index) => ({ ...ring, ring: `${index}` })));
    const duty = new RelayDuty(work, bell, metrics);

    expect(await duty.runOnce()).toBe(true);
    expect(await duty.runOnce()).toBe(false);

    expect(new Set(bell.rings.map((rung) => rung.ring)).size).toBe(501);
  });
});
