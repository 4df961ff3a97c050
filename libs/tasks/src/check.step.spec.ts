import { ProviderError } from '@app/errors';
import type { Checked, Recovered } from '@app/providers';
import { describe, expect, it } from 'vitest';
import { accepted, seek } from './moves.js';
import { PNG } from './testing/fake-archive.js';
import { vendorsOf } from './testing/fake-vendor.js';
import { makeContext, makeNewAttempt, NOON } from './testing/make-task.js';
import {
  createArchiving,
  createSubmitted,
  createSubmitting,
} from './testing/task-store-harness.js';
import { running, workbench } from './testing/workbench.js';

const USAGE = { unit: 'image', quantity: 1, costNanoUsd: 40_000_000 } as const;
const LINK = {
  from: 'url',
  url: 'https://vendor.example/1.png',
  expiresAt: 4_000_000_000_000,
} as const;

/** A bench with a job at the vendor; `answer` is what the vendor's check says, or throws. */
async function bench(answer?: Checked | Error) {
  const made = workbench();
  const { task, attempt } = await createSubmitted(made.harness);
  made.store.rings.length = 0;
  if (answer instanceof Error) made.vendor.onCheck = async () => await Promise.reject(answer);
  else if (answer) made.vendor.onCheck = async () => answer;
  return {
    ...made,
    task,
    attempt,
    run: async () => await made.check.run([attempt.id], running()),
    now: async () => await made.store.find(task.id),
    row: () => made.store.attempts.get(attempt.id),
  };
}

describe('CheckStep', () => {
  it('asks with the handle that the vendor gave', async () => {
    const { run, vendor } = await bench();

    await run();

    expect(vendor.checks).toEqual([{ job: 'j-1' }]);
  });

  it('notes a running job and looks again later', async () => {
    const { run, now, row, due, task, attempt, signals } = await bench({
      state: 'running',
      progress: 40,
    });

    await run();

    expect(await now()).toEqual({ ...task, progress: 40 });
    expect(row()).toMatchObject({ checks: 1, state: 'submitted' });
    expect(due.due.get(attempt.id)).toBeGreaterThan(Date.now() - 1);
    expect(signals.told).toContain(task.id);
  });

  it('writes to the rows only when progress grew or their time is near', async () => {
    const { run, row } = await bench();
    await run();
    const noted = row();

    await run();

    expect(noted).toMatchObject({ checks: 1 });
    expect(row()).toEqual(noted);
  });

  it('notes whole percents', async () => {
    const { run, now } = await bench({ state: 'running', progress: 33.4 });

    await run();

    expect(await now()).toMatchObject({ progress: 33 });
  });

  it('waits as long as the vendor asks', async () => {
    const { run, due, attempt } = await bench({ state: 'running', retryAfterMs: 120_000 });
    const before = Date.now();

    await run();

    expect(due.due.get(attempt.id)).toBeGreaterThanOrEqual(before + 120_000);
  });

  it('has noted the next look although the index of due checks is away', async () => {
    const { run, due, row } = await bench();
    due.failure = new Error('queue away');

    await expect(run()).rejects.toThrow('queue away');

    expect(row()).toMatchObject({ checks: 1, nextCheckAt: expect.any(Date) as Date });
  });

  it('takes the result of a job that is done', async () => {
    const { run, now, store, task, row, durations } = await bench({
      state: 'done',
      outputs: [LINK],
      usage: USAGE,
    });

    await run();

    expect(await now()).toMatchObject({ status: 'archiving', usage: USAGE });
    expect(await store.outputsOf(task.id)).toMatchObject([{ source: { url: LINK.url } }]);
    expect(store.rings).toMatchObject([{ step: 'archive', subject: task.id }]);
    expect(row()).toMatchObject({ state: 'done' });
    expect(durations.usualMs(task.model)).not.toBeNull();
  });

  it('keeps bytes that come with the answer before it records that', async () => {
    const { run, now, outputs } = await bench({
      state: 'done',
      outputs: [{ from: 'bytes', bytes: PNG }],
      usage: USAGE,
    });

    await run();

    expect(outputs.bytes.size).toBe(1);
    expect(await now()).toMatchObject({ status: 'archiving' });
  });

  it('can look again at a result that the output store did not take', async () => {
    const { run, now, outputs, row } = await bench({
      state: 'done',
      outputs: [{ from: 'bytes', bytes: PNG }],
      usage: USAGE,
    });
    outputs.failure = new Error('ENOSPC');
    await run();
    expect(row()).toMatchObject({ state: 'submitted' });
    outputs.failure = null;

    await run();

    expect(await now()).toMatchObject({ status: 'archiving' });
  });

  it.each([
    ['no picture', Buffer.from('<html>')],
    ['too large', Buffer.alloc(200_000)],
  ])('does not look for ever at bytes that are %s', async (_, bytes) => {
    const { run, now, row } = await bench({
      state: 'done',
      outputs: [{ from: 'bytes', bytes }],
      usage: USAGE,
    });

    await run();

    expect(await now()).toMatchObject({ status: 'fail', error: { code: 'TASK_FAILED' } });
    expect(row()).toMatchObject({ state: 'failed' });
  });

  it("ends the task with the vendor's reason", async () => {
    const { run, now, row } = await bench({
      state: 'failed',
      code: 'CONTENT_REJECTED',
      message: 'The picture was refused.',
      providerCode: 'Moderated',
      retryable: false,
    });

    await run();

    expect(await now()).toMatchObject({
      status: 'fail',
      error: {
        code: 'CONTENT_REJECTED',
        message: 'The picture was refused.',
        providerCode: 'Moderated',
        retryable: false,
      },
    });
    expect(row()).toMatchObject({ state: 'failed', error: 'The picture was refused.' });
  });

  it.each([
    ['no', false],
    ['unknown', true],
  ] as const)('takes a look that failed (%s) for a job that runs', async (taken, retryable) => {
    const details = { accepted: taken, retryable, retryAfterMs: 60_000 };
    const { run, now, task, due, attempt } = await bench(new ProviderError('HTTP 500', details));
    const before = Date.now();

    await run();

    expect(await now()).toEqual(task);
    expect(due.due.get(attempt.id)).toBeGreaterThanOrEqual(before + 60_000);
  });

  it('leaves a job to its claim when a fault of our own breaks the look', async () => {
    const { run, now, due, task } = await bench(new TypeError('a bug'));

    await run();

    expect(await now()).toEqual(task);
    expect(due.due.size).toBe(0);
  });

  it("asks with another account of the vendor when the job's own key was replaced", async () => {
    const { harness, check, vendor } = workbench();
    const replaced = makeNewAttempt({ account: 'fake:replaced' });
    const { task } = await createSubmitting(harness, {}, replaced);
    const job = { handle: { job: 'j-9' }, vendorId: 'j-9', firstCheckAt: NOON };
    await harness.store.apply(accepted(task, replaced, job, makeContext()));

    await check.run([replaced.id], running());

    expect(vendor.checks).toEqual([{ job: 'j-9' }]);
  });

  it('waits for the deadline when no account of the vendor is left', async () => {
    const { store, harness, check, due, vendor } = workbench({ vendors: vendorsOf() });
    const { task, attempt } = await createSubmitted(harness);

    await check.run([attempt.id], running());

    expect(vendor.checks).toEqual([]);
    expect(await store.find(task.id)).toEqual(task);
    expect(due.due.size).toBe(1);
  });

  it.each([
    ['not submitted yet', createSubmitting],
    ['settled', createArchiving],
  ])('does nothing about an attempt that is %s', async (_, create) => {
    const { harness, check, vendor, due, store } = workbench();
    const { task, attempt } = await create(harness);

    await check.run([attempt.id], running());
    await check.run(['at-unknown'], running());

    expect(vendor.checks).toEqual([]);
    expect(due.due.size).toBe(0);
    expect(await store.find(task.id)).toEqual(task);
  });
});

describe('CheckStep, when a cancel was requested', () => {
  it('asks the vendor to stop once and goes on until it says the end', async () => {
    const { run, now, vendor, cancel, task } = await bench();
    vendor.stopsJobs();

    expect(await cancel.cancel('tn_1', task.id)).toBe('requested');
    await run();
    await run();
    expect(vendor.cancels).toEqual([{ job: 'j-1' }]);
    expect(await now()).toMatchObject({ status: 'handling' });
    vendor.onCheck = async () => ({
      state: 'failed',
      code: 'TASK_FAILED',
      message: 'canceled',
      retryable: false,
    });
    await run();

    const end = { status: 'fail', error: { code: 'TASK_CANCELED' }, lostCalls: 1 };
    expect(await now()).toMatchObject(end);
  });
});

/** A look at an attempt that is sought, whose time is over. */
async function seeking(recovered: Recovered) {
  const made = workbench();
  const { task, attempt } = await createSubmitting(made.harness);
  const search = { seekUntil: NOON, firstLookAt: NOON, reason: 'reset' };
  await made.store.apply(seek(task, attempt, search, makeContext()));
  made.vendor.recover = async () => recovered;
  await made.check.run([attempt.id], running());
  return {
    ...made,
    now: await made.store.find(task.id),
    row: made.store.attempts.get(attempt.id),
  };
}

describe('CheckStep, when the job is looked for', () => {
  it('goes on with a job that the vendor has', async () => {
    const { row, due } = await seeking({ found: 'job', handle: { job: 'j-7' }, vendorId: 'j-7' });

    expect(row).toMatchObject({ state: 'submitted', handle: { job: 'j-7' }, vendorId: 'j-7' });
    expect(due.due.size).toBe(1);
  });

  it('gives the task back to the dispatcher when the vendor certainly has no job', async () => {
    const { row, now } = await seeking({ found: 'absent' });

    expect(row).toMatchObject({ state: 'failed' });
    expect(now).toMatchObject({ status: 'handling', account: null, lostCalls: 0 });
    expect(now?.dispatchAt).not.toBeNull();
  });

  it('says that it is unknown when the time is over', async () => {
    const { row, now } = await seeking({ found: 'unclear' });

    expect(row).toMatchObject({ state: 'unknown' });
    const end = { status: 'fail', error: { code: 'SUBMISSION_UNKNOWN' }, lostCalls: 1 };
    expect(now).toMatchObject(end);
  });
});
