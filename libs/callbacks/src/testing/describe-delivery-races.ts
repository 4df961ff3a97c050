import { expect, it } from 'vitest';
import {
  addDelivery,
  claimAll,
  decideEach,
  finish,
  idsOf,
  learn,
  LIMITS,
  type MakeQueueHarness,
  NO_LEASE,
  sendAll,
} from './delivery-queue-harness.js';

/** Several workers at once. */
export function describeQueueRaces(makeHarness: MakeQueueHarness): void {
  it('gives nothing twice to workers that claim at once, and all of it', async () => {
    const harness = await makeHarness();
    const ids: string[] = [];
    for (let n = 0; n < 24; n += 1) {
      ids.push((await addDelivery(harness, { origin: `https://r${n % 6}.example` })).id);
    }

    const taken: string[] = [];
    const work = async (queue: typeof harness.queue): Promise<void> => {
      for (let turn = 0; turn < 40 && taken.length < ids.length; turn += 1) {
        const { claimed } = await queue.claim({ ...LIMITS, receivers: 4 }, sendAll);
        taken.push(...idsOf(claimed));
        await queue.record(
          claimed.map((one) => finish(one)),
          learn,
        );
      }
    };
    await Promise.all([work(harness.queue), work(harness.other), work(harness.queue)]);

    expect(taken.toSorted()).toEqual(ids.toSorted());
  });

  it('keeps the limit of a receiver over all workers', async () => {
    const harness = await makeHarness();
    for (let n = 0; n < 20; n += 1) await addDelivery(harness);
    let underWay = 0;
    let most = 0;
    const atMost = decideEach(({ due, inFlight }) => {
      const send = idsOf(due).slice(0, Math.max(0, 3 - inFlight));
      return { send, lookAt: new Date(0), crowded: true };
    });

    let done = 0;
    const work = async (queue: typeof harness.queue): Promise<void> => {
      for (let turn = 0; turn < 200 && done < 20; turn += 1) {
        const { claimed } = await queue.claim(LIMITS, atMost);
        underWay += claimed.length;
        most = Math.max(most, underWay);
        await Promise.resolve();
        underWay -= claimed.length;
        await queue.record(
          claimed.map((one) => finish(one)),
          learn,
        );
        done += claimed.length;
      }
    };
    await Promise.all([work(harness.queue), work(harness.other), work(harness.other)]);

    expect(done).toBe(20);
    expect(most).toBeLessThanOrEqual(3);
  });

  it('lets one of two workers take over what a third left behind', async () => {
    const harness = await makeHarness();
    const { id } = await addDelivery(harness);
    await claimAll(harness, NO_LEASE);

    const claims = await Promise.all([claimAll(harness), claimAll({ queue: harness.other })]);

    expect(idsOf(claims.flat())).toEqual([id]);
  });

  it('records the same attempt once, however many workers bring it', async () => {
    const harness = await makeHarness();
    const { id } = await addDelivery(harness);
    const finished = (await claimAll(harness)).map((one) => finish(one));

    await Promise.all(
      [harness.queue, harness.other].map(async (one) => await one.record(finished, learn)),
    );

    expect(await harness.attemptsOf(id)).toHaveLength(1);
    expect(await harness.find(id)).toMatchObject({ attempts: 1, state: 'delivered' });
  });
}
