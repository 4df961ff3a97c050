import { expect, it } from 'vitest';
import { NEW_RECEIVER, type ReceiverHealth } from '../receiver.js';
import {
  addDelivery,
  DEAD,
  type DeliveryStoreHarness,
  FUTURE,
  type MakeHarness,
  ORIGIN,
  PAST,
} from './delivery-store-harness.js';

const WELL: ReceiverHealth = { ...NEW_RECEIVER, atOnce: 10, lastSuccessAt: PAST.getTime() };
const failingFor = (ms: number): ReceiverHealth => ({
  ...WELL,
  failures: 4,
  failingSince: PAST.getTime() - ms,
  lastFailureAt: PAST.getTime(),
});

const HEALTHS: Readonly<Record<string, ReceiverHealth>> = {
  'https://well.example': WELL,
  'https://bad.example': failingFor(1_000),
  'https://worse.example': failingFor(2_000),
  'https://asleep.example': { ...WELL, pausedUntil: FUTURE.getTime() },
  'https://off.example': { ...WELL, disabledAt: PAST.getTime() },
};

async function withReceivers(makeHarness: MakeHarness): Promise<DeliveryStoreHarness> {
  const harness = await makeHarness();
  const { tenantId, setHealth } = harness;
  for (const [origin, health] of Object.entries(HEALTHS))
    await setHealth({ tenantId, origin }, health);
  return harness;
}

export function describeReceivers(makeHarness: MakeHarness): void {
  it('reports receivers, those that fail the longest first, with what waits for them', async () => {
    const harness = await withReceivers(makeHarness);
    const { store, tenantId } = harness;
    const origin = 'https://bad.example';
    await addDelivery(harness, { origin });
    await addDelivery(harness, { origin, nextAttemptAt: FUTURE });
    await addDelivery(harness, { ...DEAD, origin });

    const reports = await store.receivers({ tenantId, failing: false, limit: 10 });

    expect(reports.map((report) => [report.origin, report.waiting])).toEqual([
      ['https://worse.example', 0],
      ['https://bad.example', 2],
      ['https://asleep.example', 0],
      ['https://off.example', 0],
      ['https://well.example', 0],
    ]);
    expect(reports[0]).toEqual({
      tenantId,
      origin: 'https://worse.example',
      health: failingFor(2_000),
      waiting: 0,
    });
  });

  it('reports those in trouble alone, one alone, and at most as many as asked', async () => {
    const { store, tenantId } = await withReceivers(makeHarness);
    const origins = async (filter: { failing: boolean; limit: number; origin?: string }) =>
      (await store.receivers({ tenantId, ...filter })).map(({ origin }) => origin);

    expect(await origins({ failing: true, limit: 10 })).toEqual([
      'https://worse.example',
      'https://bad.example',
      'https://asleep.example',
      'https://off.example',
    ]);
    expect(await origins({ failing: true, limit: 1 })).toEqual(['https://worse.example']);
    const origin = 'https://well.example';
    expect(await origins({ failing: false, limit: 10, origin })).toEqual([origin]);
    expect(await store.receivers({ tenantId: 'another', failing: false, limit: 10 })).toEqual([]);
  });

  it('leaves a receiver alone, and starts again with a clean slate', async () => {
    const { store, tenantId } = await withReceivers(makeHarness);
    const key = { tenantId, origin: 'https://bad.example' };
    const healthOf = async () =>
      (await store.receivers({ ...key, failing: false, limit: 1 }))[0]?.health;

    expect(await store.setReceiverDisabled(key, true)).toBe(true);
    const disabled = await healthOf();
    expect(disabled).toMatchObject({ failures: 4, failingSince: PAST.getTime() - 1_000 });
    expect(disabled?.disabledAt).toBeGreaterThan(PAST.getTime());

    expect(await store.setReceiverDisabled(key, false)).toBe(true);
    expect(await healthOf()).toEqual(NEW_RECEIVER);
    expect(await store.receivers({ ...key, failing: true, limit: 1 })).toEqual([]);
  });

  it('knows no receiver that was never sent to, and keeps the time since when one is left alone', async () => {
    const { store, tenantId } = await withReceivers(makeHarness);
    const key = { tenantId, origin: ORIGIN };

    expect(await store.setReceiverDisabled(key, true)).toBe(false);
    const off = { tenantId, origin: 'https://off.example' };
    await store.setReceiverDisabled(off, true);

    const [report] = await store.receivers({ ...off, failing: true, limit: 1 });
    expect(report?.health.disabledAt).toBe(PAST.getTime());
  });
}
