import { ProviderError, type ProviderErrorDetails } from '@app/errors';
import type { ProviderAccount } from '@app/providers';
import { describe, expect, it } from 'vitest';
import { retryLater } from './moves.js';
import { PNG } from './testing/fake-archive.js';
import { accountOf, FakeVendor, vendorsOf, vendorsWith } from './testing/fake-vendor.js';
import { InMemoryTaskStore } from './testing/in-memory-task.store.js';
import { makeContext, makeLinked, makeNewAttempt, NOON } from './testing/make-task.js';
import {
  admission,
  createAdmitted,
  createArchiving,
  createQueued,
  createSubmitted,
  createSubmitting,
} from './testing/task-store-harness.js';
import { running, workbench } from './testing/workbench.js';
import type { Task } from './task.js';

const vendorError = (details: Partial<ProviderErrorDetails>): ProviderError =>
  new ProviderError('The vendor said no.', { accepted: 'no', retryable: false, ...details });

const USAGE = { unit: 'image', quantity: 1, costNanoUsd: 40_000_000 } as const;

const withBytes = (bytes: Buffer) => async () => ({
  state: 'done' as const,
  outputs: [{ from: 'bytes' as const, bytes }] as const,
  usage: USAGE,
});

/** A bench with an admitted task; `throws` is what the vendor's submit fails with. */
async function bench(fields: Partial<Task> = {}, throws?: Error) {
  const made = workbench();
  const task = await createAdmitted(made.harness, fields);
  if (throws) made.vendor.onSubmit = async () => await Promise.reject(throws);
  return {
    ...made,
    task,
    run: async () => await made.submit.run(task.id, running()),
    /** The dispatcher's turn and the submit it rings for. */
    runAgain: async () => {
      const waiting = await made.store.find(task.id);
      if (waiting?.dispatchAt) await made.store.apply(admission(waiting));
      await made.submit.run(task.id, running());
    },
    now: async () => await made.store.find(task.id),
    attempts: async () => await made.store.attemptsOf(task.id),
    ringsOf: (step: string) => made.store.rings.filter((ring) => ring.step === step),
  };
}

describe('SubmitStep, when the vendor takes the job', () => {
  it('sends the prepared request once and records the handle', async () => {
    const { run, vendor, task, now, attempts, ringsOf } = await bench();

    await run();

    expect(vendor.submits).toEqual([task.request]);
    expect(await now()).toMatchObject({ status: 'handling', version: 3 });
    expect(await attempts()).toMatchObject([
      { number: 1, account: 'fake:1', state: 'submitted', handle: { job: 'j-1' } },
    ]);
    const [attempt] = await attempts();
    expect(ringsOf('check')).toMatchObject([{ subject: attempt?.id }]);
  });

  it('has the attempt in the store before the vendor is asked', async () => {
    const { run, vendor, attempts } = await bench();
    const seen: unknown[] = [];
    vendor.onSubmit = async () => {
      seen.push(...(await attempts()));
      return { state: 'accepted', handle: {}, vendorId: 'j-1' };
    };

    await run();

    expect(seen).toMatchObject([{ state: 'submitting', leaseUntil: expect.any(Date) }]);
  });

  it('looks first when jobs of this model usually are about done', async () => {
    const { run, durations, task, ringsOf, store } = await bench();
    durations.add(task.model, 10_000);

    await run();

    const [check] = ringsOf('check');
    const acceptedAt = [...store.attempts.values()][0]?.submittedAt?.getTime() ?? 0;
    expect(Number(check?.dueAt) - acceptedAt).toBe(8_000);
  });

  it('keeps the bytes of a vendor that answers with the result', async () => {
    const { run, vendor, now, store, outputs, task, ringsOf } = await bench();
    vendor.onSubmit = async () => ({
      state: 'done',
      outputs: [{ from: 'bytes', bytes: PNG }],
      usage: USAGE,
    });

    await run();

    expect(await now()).toMatchObject({ status: 'archiving', usage: USAGE });
    expect(await store.outputsOf(task.id)).toMatchObject([{ stored: { mime: 'image/png' } }]);
    expect(outputs.bytes.size).toBe(1);
    expect(ringsOf('archive')).toMatchObject([{ subject: task.id }]);
  });

  it('holds bytes that exist nowhere else until the output store takes them', async () => {
    const { run, vendor, now, outputs, told } = await bench();
    outputs.failure = new Error('ENOSPC');
    told.onPause = () => {
      if (told.pauses === 3) outputs.failure = null;
    };
    vendor.onSubmit = withBytes(PNG);

    await run();

    expect(vendor.submits).toHaveLength(1);
    expect(await now()).toMatchObject({ status: 'archiving' });
    expect(told.pauses).toBe(3);
  });

  it.each([
    ['is away until the deadline', new Error('ENOSPC'), PNG, 'STORAGE_UNAVAILABLE'],
    ['refuses it', null, Buffer.from('<html>'), 'TASK_FAILED'],
  ])('never asks again for a result when the output store %s', async (...row) => {
    const [, failure, bytes, code] = row;
    const late = { onUnknown: 'retry', deadlineAt: NOON } as const;
    const { run, vendor, now, outputs, attempts } = await bench(late);
    outputs.failure = failure;
    vendor.onSubmit = withBytes(bytes);

    await run();
    await run();

    expect(vendor.submits).toHaveLength(1);
    expect(await now()).toMatchObject({ status: 'fail', error: { code } });
    expect(await attempts()).toMatchObject([{ state: 'failed' }]);
  });
});

describe('SubmitStep, when the vendor certainly took nothing', () => {
  it('tries again later, no sooner than the vendor asked', async () => {
    const throttled = vendorError({ retryable: true, retryAfterMs: 30_000 });
    const { run, now, attempts, ringsOf, vendor } = await bench({}, throttled);
    const before = Date.now();

    await run();

    expect(await now()).toMatchObject({ status: 'handling', error: null });
    expect(await attempts()).toMatchObject([{ state: 'failed' }]);
    const waiting = await now();
    expect(waiting).toMatchObject({ account: null });
    expect(Number(waiting?.dispatchAt)).toBeGreaterThanOrEqual(before + 30_000);
    expect(ringsOf('submit')).toHaveLength(1);
    expect(vendor.submits).toHaveLength(1);
  });

  it('makes a second attempt when the dispatcher admits it again', async () => {
    const { run, runAgain, vendor, attempts } = await bench({}, vendorError({ retryable: true }));
    await run();
    vendor.onSubmit = async () => ({ state: 'accepted', handle: {}, vendorId: 'j-2' });

    await runAgain();

    expect(await attempts()).toMatchObject([
      { number: 1, state: 'failed' },
      { number: 2, state: 'submitted' },
    ]);
  });

  it("ends the task with the vendor's reason when trying again cannot help", async () => {
    const refused = vendorError({ taskError: 'CONTENT_REJECTED', providerCode: 'E1' });
    const { run, now, attempts, ringsOf } = await bench({}, refused);

    await run();

    expect(await now()).toMatchObject({
      status: 'fail',
      error: { code: 'CONTENT_REJECTED', message: 'The vendor said no.', providerCode: 'E1' },
    });
    expect(await attempts()).toMatchObject([{ state: 'failed' }]);
    expect(ringsOf('submit')).toHaveLength(1);
  });

  it('sends it when the account is one that this process learns of only now', async () => {
    const accounts: ProviderAccount[] = [];
    const vendor = new FakeVendor();
    const vendors = vendorsWith(accounts, async () => {
      accounts.push(accountOf(vendor, 'fake:1'));
    });
    const { store, harness, submit } = workbench({ vendors });
    const task = await createAdmitted(harness);

    await submit.run(task.id, running());

    const waiting = await store.find(task.id);
    expect(waiting).toMatchObject({ status: 'queued', account: null });
    expect(Number(waiting?.dispatchAt)).toBeLessThanOrEqual(Date.now());
  });

  it('ends the task when no account of the vendor is configured any more', async () => {
    const { store, harness, submit } = workbench({ vendors: vendorsOf() });
    const task = await createAdmitted(harness);

    await submit.run(task.id, running());

    expect(await store.find(task.id)).toMatchObject({
      status: 'fail',
      error: { code: 'MODEL_UNAVAILABLE' },
    });
    expect(await store.attemptsOf(task.id)).toEqual([]);
  });
});

describe('SubmitStep, when nobody can tell whether the vendor took the job', () => {
  const lost = vendorError({ accepted: 'unknown', retryable: true });

  it('never sends it again by default', async () => {
    const { run, now, attempts, vendor } = await bench({}, lost);

    await run();
    await run();

    expect(vendor.submits).toHaveLength(1);
    expect(await attempts()).toMatchObject([{ state: 'unknown' }]);
    expect(await now()).toMatchObject({ status: 'fail', error: { code: 'SUBMISSION_UNKNOWN' } });
  });

  it('sends it again twice at most where the task allows it', async () => {
    const { runAgain, now, attempts, vendor } = await bench({ onUnknown: 'retry' }, lost);

    for (let ring = 0; ring < 5; ring += 1) await runAgain();

    expect(vendor.submits).toHaveLength(3);
    expect((await attempts()).map(({ state }) => state)).toEqual(['unknown', 'unknown', 'unknown']);
    expect(await now()).toMatchObject({ status: 'fail', error: { code: 'SUBMISSION_UNKNOWN' } });
  });

  it('counts only unknown attempts, not refused ones', async () => {
    const { runAgain, vendor } = await bench(
      { onUnknown: 'retry' },
      vendorError({ retryable: true }),
    );
    await runAgain();
    await runAgain();
    vendor.onSubmit = async () => await Promise.reject(lost);

    for (let ring = 0; ring < 5; ring += 1) await runAgain();

    expect(vendor.submits).toHaveLength(5);
  });

  it('takes a worker that died in the call for that', async () => {
    const { store, harness, submit, vendor } = workbench();
    const dead = makeNewAttempt({ leaseOwner: 'worker-2', leaseUntil: NOON });
    const { task } = await createSubmitting(harness, {}, dead);

    await submit.run(task.id, running());

    expect(vendor.submits).toEqual([]);
    expect(await store.find(task.id)).toMatchObject({
      status: 'fail',
      error: { code: 'SUBMISSION_UNKNOWN', message: expect.stringContaining('died') as string },
    });
    expect(await store.attemptsOf(task.id)).toMatchObject([{ state: 'unknown' }]);
  });
});

describe('SubmitStep, when it is rung for nothing', () => {
  it.each([
    ['another worker is in the call', createSubmitting],
    ['the vendor has the job', createSubmitted],
    ['the result is being brought home', createArchiving],
  ])('does nothing while %s', async (_, create) => {
    const { store, harness, submitOf, vendor } = workbench();
    const { task } = await create(harness);

    await submitOf('worker-2').run(task.id, running());

    expect(vendor.submits).toEqual([]);
    expect(await store.find(task.id)).toEqual(task);
  });

  it('does nothing about a task that is over or unknown', async () => {
    const { run, submit, vendor } = await bench({}, vendorError({}));
    await run();

    await run();
    await submit.run('tk-unknown', running());

    expect(vendor.submits).toHaveLength(1);
  });

  it('does not call when another worker began first', async () => {
    const store = new OvertakenStore();
    const { harness, submit, vendor } = workbench({ store });
    const task = await createQueued(harness);
    store.isOvertaken = true;

    await submit.run(task.id, running());

    expect(vendor.submits).toEqual([]);
    expect(await store.attemptsOf(task.id)).toEqual([]);
  });

  it('drops its answer quietly when the task was ended meanwhile', async () => {
    const { run, vendor, store, task, now } = await bench();
    vendor.onSubmit = async () => {
      const current = (await store.find(task.id)) ?? task;
      const open = await store.openAttempt(task.id);
      const change = { id: open?.id ?? '', state: 'unknown' as const };
      await store.apply(retryLater(current, change, NOON, makeContext()));
      return {
        state: 'done',
        outputs: [{ from: 'url', url: makeLinked().id, expiresAt: 1 }],
        usage: USAGE,
      };
    };

    await run();

    expect(await now()).toMatchObject({ status: 'handling', usage: null });
    expect(await store.outputsOf(task.id)).toEqual([]);
  });
});

describe('SubmitStep and its lease', () => {
  it('hands the vendor a signal that ends with the shutdown', async () => {
    const { submit, task, vendor } = await bench();
    const shutdown = new AbortController();
    const aborted: boolean[] = [];
    vendor.onSubmit = async ({ signal }) => {
      shutdown.abort();
      aborted.push(signal.aborted);
      return { state: 'accepted', handle: {}, vendorId: 'j-1' };
    };

    await submit.run(task.id, shutdown.signal);

    expect(aborted).toEqual([true]);
  });

  it('gives the call up when the lease is lost', async () => {
    const leaseTimes = { leaseMs: 10_000, renewEveryMs: 1 };
    const { store, harness, submit, vendor } = workbench({ leaseTimes });
    const task = await createAdmitted(harness);
    vendor.onSubmit = async ({ signal }) => {
      const open = await store.openAttempt(task.id);
      const current = (await store.find(task.id)) ?? task;
      // Another worker took the attempt for abandoned and settled it.
      await store.apply(
        retryLater(current, { id: open?.id ?? '', state: 'unknown' }, NOON, makeContext()),
      );
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      throw vendorError({ accepted: 'unknown' });
    };

    await submit.run(task.id, running());

    expect(vendor.submits).toHaveLength(1);
    expect(await store.find(task.id)).toMatchObject({ status: 'handling', version: 3 });
  });

  it('leaves the attempt to its lease when the fault is our own', async () => {
    const { run, attempts } = await bench({}, new TypeError('a bug'));

    await expect(run()).rejects.toThrow('a bug');

    expect(await attempts()).toMatchObject([{ state: 'submitting' }]);
  });
});

/** Somebody else changes every task between our reading and our writing. */
class OvertakenStore extends InMemoryTaskStore {
  isOvertaken = false;

  override async apply(transition: Parameters<InMemoryTaskStore['apply']>[0]): Promise<boolean> {
    return this.isOvertaken ? false : await super.apply(transition);
  }
}

describe('SubmitStep, when the vendor refuses our account', () => {
  const refused = vendorError({ status: 401, taskError: 'MODEL_UNAVAILABLE', trouble: 'account' });

  it('asks what is known of the account, and tells no breaker', async () => {
    const { run, reports } = await bench({}, refused);

    await run();

    const asked = { provider: 'fake', account: 'fake:1', model: 'fake-image', scope: 'account' };
    expect(reports.troubles).toEqual([{ ...asked, why: 'The vendor said no.' }]);
    expect(reports.reports).toEqual([]);
  });

  it.each(['elsewhere', 'known'] as const)(
    'sends the task back to the queue: %s',
    async (verdict) => {
      const { run, runAgain, reports, vendor, now, attempts } = await bench({}, refused);
      reports.verdict = verdict;

      await run();

      expect(await now()).toMatchObject({
        status: 'handling',
        account: null,
        dispatchAt: expect.any(Date) as Date,
        error: null,
      });
      expect(await attempts()).toMatchObject([{ state: 'failed' }]);
      vendor.onSubmit = async () => ({
        state: 'accepted',
        handle: { job: 'j-2' },
        vendorId: 'j-2',
      });
      await runAgain();
      expect(await attempts()).toMatchObject([{ state: 'failed' }, { state: 'submitted' }]);
      expect(reports.reports).toMatchObject([{ outcome: 'ok', taken: true }]);
    },
  );

  it('fails the first task that meets it, at once', async () => {
    const { run, now } = await bench({}, refused);

    await run();

    expect(await now()).toMatchObject({
      status: 'fail',
      account: null,
      error: { code: 'MODEL_UNAVAILABLE' },
    });
  });

  it('ends a task whose cancel was requested', async () => {
    const { run, reports, now } = await bench({ cancelRequestedAt: NOON }, refused);
    reports.verdict = 'known';

    await run();

    expect(await now()).toMatchObject({ status: 'fail', error: { code: 'TASK_CANCELED' } });
  });
});
