import { expect, it } from 'vitest';
import { accepted, archived, archiveLater, failed, vendorDone } from '../moves.js';
import type { TaskError } from '../task.js';
import { FAR_FUTURE, makeContext, makeFacts, makeLinked, NOON } from './make-task.js';
import {
  createArchiving,
  createQueued,
  createSubmitted,
  createSubmitting,
  type MakeTaskStore,
  rungSubjects,
} from './task-store-harness.js';

const CALLBACK = { url: 'https://your.example/hook', when: 'all' } as const;
const ERROR: TaskError = {
  code: 'CONTENT_REJECTED',
  message: 'The prompt was refused.',
  providerCode: 'moderation_blocked',
  retryable: false,
};

export function describeTaskChanges(makeHarness: MakeTaskStore): void {
  it('writes the attempt and its lease before the vendor is asked', async () => {
    const harness = await makeHarness();
    const { task, attempt } = await createSubmitting(harness);

    expect(await harness.store.find(task.id)).toEqual(task);
    expect(await harness.store.attemptsOf(task.id)).toEqual([
      {
        ...attempt,
        taskId: task.id,
        state: 'submitting',
        handle: null,
        checks: 0,
        submittedAt: null,
        nextCheckAt: null,
        seekUntil: null,
        hookHandle: null,
      },
    ]);
  });

  it('records the job that the vendor accepted and rings for its first check', async () => {
    const harness = await makeHarness();
    const { task, attempt } = await createSubmitted(harness);

    const open = await harness.store.openAttempt(task.id);
    expect(open).toMatchObject({
      state: 'submitted',
      handle: { job: 'j-1' },
      submittedAt: NOON,
      leaseUntil: null,
    });
    expect(await rungSubjects(harness)).toContain(attempt.id);
  });

  it('keeps outputs, facts and usage on the way to success', async () => {
    const harness = await makeHarness();
    const second = makeLinked({
      index: 1,
      source: null,
      stored: makeFacts({ width: null, height: null }),
    });
    const { task, outputs } = await createArchiving(harness, {}, [makeLinked(), second]);
    expect(await harness.store.outputsOf(task.id)).toEqual(outputs);
    const stored = outputs.map((output) => ({ ...output, stored: output.stored ?? makeFacts() }));

    const success = archived(task, stored, makeContext());
    expect(await harness.store.apply(success)).toBe(true);

    expect(await harness.store.outputsOf(task.id)).toEqual(stored);
    expect(await harness.store.find(task.id)).toEqual(success.to);
    const events = await harness.store.eventsOf(task.id, 0);
    expect(events.map(({ version, to }) => [version, to])).toEqual([
      [1, 'queued'],
      [2, 'handling'],
      [3, 'handling'],
      [4, 'archiving'],
      [5, 'success'],
    ]);
  });

  it('keeps the first id of an output that a second look names again, with its new link', async () => {
    const harness = await makeHarness();
    const { task, outputs } = await createArchiving(harness);
    const source = { url: 'https://vendor.example/again.png', expiresAt: FAR_FUTURE };
    const renamed = outputs.map(() => makeLinked({ stored: makeFacts(), source }));

    await harness.store.apply(archived(task, renamed, makeContext()));

    const [kept] = await harness.store.outputsOf(task.id);
    expect(kept).toEqual({ ...outputs[0], stored: makeFacts(), source });
  });

  it.each([null, 40_000_000])('keeps a cost of %s nano-USD', async (costNanoUsd) => {
    const harness = await makeHarness();
    const { task, attempt } = await createSubmitted(harness);
    const usage = { unit: 'second', quantity: 5.5, costNanoUsd } as const;
    const done = vendorDone(task, attempt, { outputs: [makeLinked()], usage }, makeContext());

    await harness.store.apply(done);

    expect((await harness.store.find(task.id))?.usage).toEqual(usage);
  });

  it('keeps the error of a task and the bytes of its callback', async () => {
    const harness = await makeHarness();
    const task = await createQueued(harness, { callback: CALLBACK });
    const end = failed(task, ERROR, makeContext());

    await harness.store.apply(end);

    expect(await harness.store.find(task.id)).toEqual(end.to);
    expect(await harness.deliveriesOf(task.id)).toEqual([end.delivery]);
  });

  it('makes what no column can hold fit, rather than lose the move', async () => {
    const harness = await makeHarness();
    const { task, attempt } = await createSubmitting(harness);
    const job = { handle: { id: 'a\0b' }, vendorId: 'a\0b', firstCheckAt: NOON };
    const acceptance = accepted(task, attempt, job, makeContext());
    const error = { ...ERROR, message: 'cut \uD83D off\0', providerCode: '\0' };

    expect(await harness.store.apply(acceptance)).toBe(true);
    const end = failed(acceptance.to, error, makeContext(), {
      id: attempt.id,
      state: 'failed',
      error: error.message,
    });
    expect(await harness.store.apply(end)).toBe(true);

    expect(await harness.store.find(task.id)).toMatchObject({ status: 'fail' });
  });

  it('counts the tries of an archive', async () => {
    const harness = await makeHarness();
    const { task } = await createArchiving(harness);

    await harness.store.apply(archiveLater(task, 'archive: stalled', NOON, makeContext()));

    expect(await harness.store.find(task.id)).toMatchObject({ archiveTries: 1, version: 5 });
  });
}
