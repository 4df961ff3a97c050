import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { accepted } from '../moves.js';
import type { Transition } from '../transition.js';
import { FAR_FUTURE, makeContext, makeNewAttempt, NOON } from './make-task.js';
import {
  createAdmitted,
  createArchiving,
  createSubmitted,
  createSubmitting,
  type MakeTaskStore,
} from './task-store-harness.js';

/** What is kept for a submit whose answer was lost, and what ends with the job. */
export function describeTaskRecovery(makeHarness: MakeTaskStore): void {
  it('lets one of two workers take over a lease that has lapsed, and nobody one that lives', async () => {
    const { store, ...harness } = await makeHarness();
    const lapsed = await createSubmitting(
      { store, ...harness },
      {},
      makeNewAttempt({ leaseUntil: NOON }),
    );
    const alive = await createSubmitting({ store, ...harness });
    const take = async (attemptId: string, owner: string) =>
      await store.takeLease(attemptId, owner, FAR_FUTURE);

    const taken = await Promise.all([
      take(lapsed.attempt.id, 'worker-2'),
      take(lapsed.attempt.id, 'worker-3'),
    ]);

    expect(taken.filter(Boolean)).toHaveLength(1);
    const owner = taken[0] ? 'worker-2' : 'worker-3';
    expect(await store.findAttempt(lapsed.attempt.id)).toMatchObject({
      leaseOwner: owner,
      leaseUntil: FAR_FUTURE,
    });
    expect(await take(alive.attempt.id, 'worker-2')).toBe(false);
    const submitted = await createSubmitted({ store, ...harness });
    expect(await take(submitted.attempt.id, 'worker-2')).toBe(false);
  });

  it('keeps until when a job is looked for, and the slot meanwhile', async () => {
    const harness = await makeHarness();
    const { task, attempt } = await createSubmitting(harness);
    const seekUntil = new Date(NOON.getTime() + 120_000);
    const seeking: Transition = {
      ...accepted(task, attempt, { handle: {}, vendorId: 'j', firstCheckAt: NOON }, makeContext()),
      attempt: { id: attempt.id, state: 'seeking', seekUntil, nextCheckAt: NOON },
    };

    await harness.store.apply(seeking);

    const open = { state: 'seeking', seekUntil, leaseUntil: null, leaseOwner: null };
    expect(await harness.store.openAttempt(task.id)).toMatchObject(open);
    expect(await harness.store.findInFlight([attempt.id])).toMatchObject([
      { task: { id: task.id, account: attempt.account }, attempt: open },
    ]);
  });

  it('notes the first hook of a job and rings for a look at it', async () => {
    const harness = await makeHarness();
    const { attempt } = await createSubmitting(harness);
    const rings = async () =>
      (await harness.rings()).filter(({ subject }) => subject === attempt.id);

    await harness.store.noteHook(attempt.id, { job: 'j-9' }, NOON);
    await harness.store.noteHook(attempt.id, { job: 'forged' }, NOON);

    expect(await harness.store.findAttempt(attempt.id)).toMatchObject({
      hookHandle: { job: 'j-9' },
    });
    expect(await rings()).toEqual([
      { step: 'check', subject: attempt.id, ring: 'hook', dueAt: NOON },
    ]);
  });

  it('rings once for a hook that tells no handle', async () => {
    const harness = await makeHarness();
    const { attempt } = await createSubmitted(harness);

    await harness.store.noteHook(attempt.id, null, NOON);
    await harness.store.noteHook(attempt.id, null, NOON);

    const rings = (await harness.rings()).filter(({ subject }) => subject === attempt.id);
    expect(rings.filter(({ ring }) => ring === 'hook')).toHaveLength(1);
    expect(await harness.store.findAttempt(attempt.id)).toMatchObject({ hookHandle: null });
  });

  it('takes no hook of a job that is over or was never sent', async () => {
    const harness = await makeHarness();
    const { attempt } = await createArchiving(harness);

    await harness.store.noteHook(attempt.id, { job: 'j-9' }, NOON);
    await harness.store.noteHook('at-unknown', { job: 'j-9' }, NOON);

    expect(await harness.store.findAttempt(attempt.id)).toMatchObject({ hookHandle: null });
    expect(await harness.store.findAttempt('at-unknown')).toBeNull();
  });

  it("knows which of a vendor's jobs belong to an attempt", async () => {
    const harness = await makeHarness();
    const vendorId = randomUUID();
    const { task, attempt } = await createSubmitting(harness);
    const job = { handle: {}, vendorId, firstCheckAt: NOON };
    await harness.store.apply(accepted(task, attempt, job, makeContext()));
    const owned = async (provider: string) =>
      await harness.store.ownedVendorIds(provider, ['unknown', vendorId]);

    expect(await owned('fake')).toEqual([vendorId]);
    expect(await owned('another')).toEqual([]);
  });

  it("knows the other submits of a vendor's model that have no answer yet", async () => {
    const harness = await makeHarness();
    const model = `model-${randomUUID()}`;
    const { attempt } = await createSubmitting(harness, { model });
    const inCall = await createSubmitting(harness, { model });
    await createSubmitting(harness);
    await createSubmitted(harness, { model });
    const { store } = harness;

    expect(await store.unansweredBeside(attempt.id)).toMatchObject([
      { task: { id: inCall.task.id }, attempt: { id: inCall.attempt.id, state: 'submitting' } },
    ]);
    expect(await store.unansweredBeside('at-unknown')).toEqual([]);
  });

  it('writes slot, place and cancel with the change that they belong to', async () => {
    const harness = await makeHarness();
    const admitted = await createAdmitted(harness);
    const sortAt = new Date(NOON.getTime() + 1);
    const to = {
      ...admitted,
      version: 2,
      account: null,
      sortAt,
      dispatchAt: FAR_FUTURE,
      cancelRequestedAt: NOON,
    };

    const change = { from: admitted, to, at: NOON, cause: 'back', nextActionAt: FAR_FUTURE };
    expect(await harness.store.apply(change)).toBe(true);

    expect(await harness.store.find(admitted.id)).toEqual(to);
    expect(await harness.store.queuePosition(to, 10)).toBe(1);
    expect(await harness.store.queuePosition(await createAdmitted(harness), 10)).toBeNull();
  });
}
