import {
  createArchiving,
  createQueued,
  createSubmitted,
  createSubmitting,
  InMemoryDueWork,
  NOON,
  workbench,
} from '@app/tasks/testing';
import type { DueWork } from '@app/tasks';
import { describe, expect, it } from 'vitest';
import { DeadlineDuty } from './deadline.duty.js';

function bench() {
  const made = workbench();
  const { tools, overdue } = made;
  const dutyOf = (work: DueWork) =>
    new DeadlineDuty(work, overdue, tools.logger, new AbortController().signal);
  return { ...made, dutyOf };
}

/** Due work that names these tasks, whatever became of them. */
class StaleWork extends InMemoryDueWork {
  constructor(
    store: ReturnType<typeof bench>['store'],
    private readonly late: readonly string[],
  ) {
    super(store);
  }

  override async pastDeadline(): Promise<readonly string[]> {
    return this.late;
  }
}

describe('DeadlineDuty', () => {
  const late = { deadlineAt: new Date(NOON.getTime() + 600_000) };

  it('ends what is not finished, whatever it was waiting for', async () => {
    const { work, dutyOf, harness, store } = bench();
    const tasks = [
      await createQueued(harness, late),
      (await createSubmitted(harness, late)).task,
      (await createArchiving(harness, late)).task,
    ];

    const more = await dutyOf(work).runOnce();

    expect(more).toBe(false);
    const losses = tasks.map(async ({ id }) => (await store.find(id))?.lostCalls);
    // What the vendor has made is a loss by its usage.
    expect(await Promise.all(losses)).toEqual([0, 1, 0]);
    expect(store.transfers.map(({ subject, kind }) => [subject, kind])).toEqual(
      expect.arrayContaining([
        [tasks[1]?.id, 'lost'],
        [tasks[2]?.id, 'lost'],
      ]),
    );
    for (const { id } of tasks) {
      expect(await store.find(id)).toMatchObject({
        status: 'fail',
        error: {
          code: 'TASK_TIMEOUT',
          message: expect.stringContaining('not finished within its deadline of 600 s.'),
        },
      });
    }
  });

  it('calls only a task retryable whose vendor was not asked', async () => {
    const { work, dutyOf, harness, store } = bench();
    const queued = await createQueued(harness, late);
    const asked = [
      (await createSubmitting(harness, late)).task,
      (await createSubmitted(harness, late)).task,
      (await createArchiving(harness, late)).task,
    ];

    await dutyOf(work).runOnce();

    expect(await store.find(queued.id)).toMatchObject({ error: { retryable: true } });
    for (const { id } of asked) {
      expect(await store.find(id)).toMatchObject({
        error: { retryable: false, message: expect.stringContaining('be charged for') },
      });
    }
  });

  it('says of an attempt what is known of it', async () => {
    const { work, dutyOf, harness, store } = bench();
    const asked = await createSubmitted(harness, late);
    const asking = await createSubmitting(harness, late);

    await dutyOf(work).runOnce();

    expect(store.attempts.get(asked.attempt.id)).toMatchObject({ state: 'failed' });
    expect(store.attempts.get(asking.attempt.id)).toMatchObject({ state: 'unknown' });
  });

  it('leaves alone what has time, and what is over', async () => {
    const { work, dutyOf, harness, store } = bench();
    const inTime = await createQueued(harness);
    const over = await createQueued(harness, late);
    const duty = dutyOf(work);
    await duty.runOnce();
    const ended = await store.find(over.id);

    await duty.runOnce();

    expect(await store.find(inTime.id)).toEqual(inTime);
    expect(await store.find(over.id)).toEqual(ended);
    expect(await store.eventsOf(over.id, -1)).toHaveLength(2);
  });

  it('passes over a task that ended between the look and the move', async () => {
    const { dutyOf, harness, store } = bench();
    const { id } = await createQueued(harness, late);
    const work = new StaleWork(store, [id, 'tk-gone', id]);

    await dutyOf(work).runOnce();

    expect(await store.eventsOf(id, -1)).toHaveLength(2);
  });

  it('says that there is more after a full batch', async () => {
    const { dutyOf, store } = bench();
    const late100 = Array.from({ length: 100 }, (_, index) => `tk-${index}`);
    const work = new StaleWork(store, late100);

    expect(await dutyOf(work).runOnce()).toBe(true);
  });
});
