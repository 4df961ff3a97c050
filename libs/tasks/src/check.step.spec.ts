import { ProviderError } from '@app/errors';
import { ArchiveError } from '@app/outputs';
import type { Checked } from '@app/providers';
import { describe, expect, it } from 'vitest';
import { accepted } from './moves.js';
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
    const { run, now, row, bell, task, attempt } = await bench({ state: 'running', progress: 40 });

    await run();

    expect(await now()).toEqual({ ...task, progress: 40 });
    expect(row()).toMatchObject({ checks: 1, state: 'submitted' });
    expect(bell.rings).toEqual([
      { step: 'check', subject: attempt.id, ring: '1', dueAt: row()?.nextCheckAt },
    ]);
  });

  it('counts looks, so that each ring is another one', async () => {
    const { run, bell } = await bench();

    await run();
    await run();

    expect(bell.rings.map(({ ring }) => ring)).toEqual(['1', '2']);
  });

  it('notes whole percents', async () => {
    const { run, now } = await bench({ state: 'running', progress: 33.4 });

    await run();

    expect(await now()).toMatchObject({ progress: 33 });
  });

  it('waits as long as the vendor asks', async () => {
    const { run, bell } = await bench({ state: 'running', retryAfterMs: 120_000 });
    const before = Date.now();

    await run();

    expect(Number(bell.rings[0]?.dueAt)).toBeGreaterThanOrEqual(before + 120_000);
  });

  it('has noted the next look although the bell is away', async () => {
    const { run, bell, row } = await bench();
    bell.failure = new Error('queue away');

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
    await expect(run()).rejects.toThrow(ArchiveError);
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
    const { run, now, task, bell } = await bench(new ProviderError('HTTP 500', details));
    const before = Date.now();

    await run();

    expect(await now()).toEqual(task);
    expect(Number(bell.rings[0]?.dueAt)).toBeGreaterThanOrEqual(before + 60_000);
  });

  it('lets a fault of our own be seen', async () => {
    const { run } = await bench(new TypeError('a bug'));

    await expect(run()).rejects.toThrow('a bug');
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
    expect(bell.rings).toHaveLength(1);
  });

  it.each([
    ['not submitted yet', createSubmitting],
    ['settled', createArchiving],
  ])('does nothing about an attempt that is %s', async (_, create) => {
    const { harness, check, vendor, bell, store } = workbench();
    const { task, attempt } = await create(harness);

    await check.run([attempt.id], running());
    await check.run(['at-unknown'], running());

    expect(vendor.checks).toEqual([]);
    expect(bell.rings).toEqual([]);
    expect(await store.find(task.id)).toEqual(task);
  });
});
