import { expect, it } from 'vitest';
import { accepted, begin, failed, retryLater, vendorDone } from '../moves.js';
import type { TaskError } from '../task.js';
import type { Transition } from '../transition.js';
import {
  FAR_FUTURE,
  makeContext,
  makeLinked,
  makeNewAttempt,
  makeTask,
  NOON,
} from './make-task.js';
import {
  createArchiving,
  createQueued,
  createSubmitted,
  createSubmitting,
  type MakeTaskStore,
  type TaskStoreHarness,
} from './task-store-harness.js';

const CALLBACK = { url: 'https://your.example/hook', when: 'all' } as const;
const ERROR: TaskError = {
  code: 'CONTENT_REJECTED',
  message: 'The prompt was refused.',
  providerCode: 'moderation_blocked',
  retryable: false,
};

/** What keeps two workers from changing one task: version, lease, and the state of the attempt. */
export function describeTaskFences(makeHarness: MakeTaskStore): void {
  it('changes no task that is unknown', async () => {
    const { store } = await makeHarness();

    expect(await store.apply(failed(makeTask(), ERROR, makeContext()))).toBe(false);
  });

  it('lets one of two changes from one version win and writes nothing of the other', async () => {
    const harness = await makeHarness();
    for (let round = 0; round < 5; round += 1) {
      const { task, attempt } = await createSubmitted(harness, { callback: CALLBACK });
      const usage = { unit: 'image', quantity: 1, costNanoUsd: null } as const;
      const result = { outputs: [makeLinked()], usage };
      const lost = { id: attempt.id, state: 'failed', error: 'deadline' } as const;
      const rivals = [
        vendorDone(task, attempt, result, makeContext()),
        failed(task, ERROR, makeContext(), lost),
        retryLater(task, { id: attempt.id, state: 'unknown' }, NOON, makeContext()),
      ];

      const won = await Promise.all(rivals.map(async (rival) => await harness.store.apply(rival)));

      expect(won.filter(Boolean)).toHaveLength(1);
      for (const [index, rival] of rivals.entries()) {
        await (won[index] ? expectWritten(harness, rival) : expectAbsent(harness, rival));
      }
    }
  });

  it('lets one of two workers begin a task', async () => {
    const harness = await makeHarness();
    const task = await createQueued(harness);
    const begins = [1, 2].map(() => begin(task, makeNewAttempt(), makeContext()));

    const won = await Promise.all(begins.map(async (one) => await harness.store.apply(one)));

    expect(won.filter(Boolean)).toHaveLength(1);
    const attempts = await harness.store.attemptsOf(task.id);
    expect(attempts.map(({ id }) => id)).toEqual([begins[won.indexOf(true)]?.newAttempt?.id]);
  });

  it('renews a lease for its owner alone and only while the call is under way', async () => {
    const harness = await makeHarness();
    const { task, attempt } = await createSubmitting(harness);
    const until = new Date('2026-06-01T12:00:13.000Z');

    expect(await harness.store.renewLease(attempt.id, 'worker-2', FAR_FUTURE)).toBe(false);
    expect(await harness.store.renewLease(attempt.id, attempt.leaseOwner, until)).toBe(true);
    expect((await harness.store.openAttempt(task.id))?.leaseUntil).toEqual(until);

    const job = { handle: {}, vendorId: 'j-1', firstCheckAt: NOON };
    await harness.store.apply(accepted(task, attempt, job, makeContext()));
    expect(await harness.store.renewLease(attempt.id, attempt.leaseOwner, until)).toBe(false);
  });

  it('notes a check without a new version, and lets progress only grow', async () => {
    const harness = await makeHarness();
    const { task, attempt } = await createSubmitted(harness);
    const note = async (checks: number, progress: number | null) =>
      await harness.store.noteChecks([
        { attemptId: attempt.id, checks, nextCheckAt: NOON, progress },
      ]);

    await note(1, 40);
    await note(2, 30);
    await note(3, null);

    expect(await harness.store.find(task.id)).toEqual({ ...task, progress: 40 });
    expect(await harness.store.openAttempt(task.id)).toMatchObject({ checks: 3 });
  });

  it('keeps the progress that was noted while a change was being prepared', async () => {
    const harness = await makeHarness();
    const { task, attempt } = await createSubmitted(harness);
    await harness.store.noteChecks([
      { attemptId: attempt.id, checks: 1, nextCheckAt: NOON, progress: 80 },
    ]);
    const usage = { unit: 'image', quantity: 1, costNanoUsd: null } as const;

    await harness.store.apply(
      vendorDone(task, attempt, { outputs: [makeLinked()], usage }, makeContext()),
    );

    expect(await harness.store.find(task.id)).toMatchObject({ status: 'archiving', progress: 80 });
  });

  it('notes no check of an attempt that is settled', async () => {
    const harness = await makeHarness();
    const { task, attempt } = await createArchiving(harness);

    await harness.store.noteChecks([
      { attemptId: attempt.id, checks: 9, nextCheckAt: NOON, progress: 50 },
    ]);

    expect(await harness.store.find(task.id)).toEqual(task);
    expect(await harness.store.attemptsOf(task.id)).toMatchObject([{ checks: 0 }]);
  });
}

async function expectWritten(harness: TaskStoreHarness, { to, ...change }: Transition) {
  expect(await harness.store.find(to.id)).toEqual(to);
  expect(await harness.store.outputsOf(to.id)).toEqual(change.outputs ?? []);
  expect(await harness.store.attemptsOf(to.id)).toMatchObject([{ state: change.attempt?.state }]);
  const events = await harness.store.eventsOf(to.id, -1);
  expect(events.filter(({ version }) => version === to.version)).toMatchObject([
    { cause: change.cause },
  ]);
}

async function expectAbsent(harness: TaskStoreHarness, { to, ...change }: Transition) {
  const events = await harness.store.eventsOf(to.id, -1);
  expect(events.map(({ cause }) => cause)).not.toContain(change.cause);
  const outputs = await harness.store.outputsOf(to.id);
  for (const { id } of change.outputs ?? [])
    expect(outputs.map((kept) => kept.id)).not.toContain(id);
  const deliveries = await harness.deliveriesOf(to.id);
  expect(deliveries.map(({ id }) => id)).not.toContain(change.delivery?.id);
  const ours = (await harness.rings()).filter(({ subject }) => subject === to.id);
  const stepsOfLoser = (change.rings ?? []).filter(({ subject }) => subject === to.id);
  const winners = ours.filter(({ ring }) => ring === `${to.version}`);
  for (const { step } of stepsOfLoser) expect(winners.map((ring) => ring.step)).not.toContain(step);
}
