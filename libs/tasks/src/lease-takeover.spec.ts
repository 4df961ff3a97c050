import { GatewayError } from '@app/errors';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { LostSubmits } from './lost-submits.js';
import { SubmitCalls } from './submit-call.js';
import { SubmitStep } from './submit.step.js';
import type { Attempt } from './task.js';
import { accountOf, FakeVendor, vendorsOf } from './testing/fake-vendor.js';
import { InMemoryTaskStore } from './testing/in-memory-task.store.js';
import { FAR_FUTURE, makeNewAttempt, NOON } from './testing/make-task.js';
import { createAdmitted, createSubmitting } from './testing/task-store-harness.js';
import { running, workbench } from './testing/workbench.js';
import type { Transition } from './transition.js';

afterEach(() => {
  vi.useRealTimers();
});

/** The process stands still between the attempt's commit and the call. */
class SuspendingStore extends InMemoryTaskStore {
  meanwhile: () => Promise<void> = async () => undefined;

  override async apply(transition: Transition): Promise<boolean> {
    const won = await super.apply(transition);
    if (!transition.newAttempt) return won;
    vi.setSystemTime(Date.now() + 20_000);
    await this.meanwhile();
    return won;
  }
}

describe('a process that stood still between the commit and the call', () => {
  it('sends nothing when another worker took its attempt over', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const store = new SuspendingStore();
    const { harness, submit, submitOf, vendor } = workbench({ store });
    const task = await createAdmitted(harness, { onUnknown: 'retry' });
    store.meanwhile = async () => await submitOf('worker-2').run(task.id, running());

    await submit.run(task.id, running());

    expect(vendor.submits).toEqual([]);
    expect(await store.attemptsOf(task.id)).toMatchObject([{ state: 'unknown' }]);
  });

  it('renews its lease before it sends when nobody did', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const store = new SuspendingStore();
    const { harness, submit, vendor } = workbench({ store });
    const task = await createAdmitted(harness);
    const leases: number[] = [];
    vendor.onSubmit = async () => {
      const open = await store.openAttempt(task.id);
      leases.push((open?.leaseUntil?.getTime() ?? 0) - Date.now());
      return { state: 'accepted', handle: {}, vendorId: 'j-1' };
    };

    await submit.run(task.id, running());

    expect(leases).toEqual([10_000]);
  });
});

const aMinuteAhead = (): number => Date.now() + 60_000;

describe('a lease', () => {
  it('is made and renewed by the clock that judges it', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { harness, store, tools, intake, inputs, vendor } = workbench();
    const lost = new LostSubmits(tools, intake, () => null);
    const parts = { intake, lost, hookUrls: () => null, owner: 'worker-1', clock: aMinuteAhead };
    const submit = new SubmitStep(tools, { calls: new SubmitCalls(tools, parts), lost, inputs });
    const task = await createAdmitted(harness);
    const leases: number[] = [];
    vendor.onSubmit = async () => {
      leases.push((await store.openAttempt(task.id))?.leaseUntil?.getTime() ?? 0);
      return { state: 'accepted', handle: {}, vendorId: 'j-1' };
    };

    await submit.run(task.id, running());

    expect(leases).toEqual([Date.now() + 70_000]);
  });
});

/** Takes the lease, and the answer is lost with Postgres. */
class UnheardStore extends InMemoryTaskStore {
  override async takeLease(attemptId: string, owner: string, until: Date): Promise<boolean> {
    await super.takeLease(attemptId, owner, until);
    throw new GatewayError('SERVICE_UNAVAILABLE', 'The database is away.');
  }
}

/** Shows a lease as it was before its holder renewed it. */
class LateStore extends InMemoryTaskStore {
  override async openAttempt(taskId: string): Promise<Attempt | null> {
    const open = await super.openAttempt(taskId);
    return open && { ...open, leaseUntil: NOON };
  }
}

describe('the attempt of a worker that seems dead', () => {
  it('never passes for one that was not sent, although its new holder did not hear that it is', async () => {
    const store = new UnheardStore();
    const { harness, submit, vendor } = workbench({ store });
    vendor.submitSafety = 'idempotent';
    const dead = makeNewAttempt({ leaseOwner: 'worker-2', leaseUntil: NOON });
    const { task } = await createSubmitting(harness, {}, dead);
    await expect(submit.run(task.id, running())).rejects.toThrow('away');

    await submit.run(task.id, running()).catch(() => undefined);

    expect(await store.attemptsOf(task.id)).toMatchObject([{ state: 'submitting' }]);
  });

  it('stays with a holder that renewed the lease after all', async () => {
    const store = new LateStore();
    const { harness, submit } = workbench({ store });
    const live = makeNewAttempt({ leaseOwner: 'worker-2', leaseUntil: FAR_FUTURE });
    const { task } = await createSubmitting(harness, {}, live);

    await submit.run(task.id, running());

    expect(await store.attemptsOf(task.id)).toMatchObject([
      { state: 'submitting', leaseOwner: 'worker-2' },
    ]);
  });
});

describe('a job that is looked for under another account than it was sent by', () => {
  it('is not absent because that one does not have it', async () => {
    const vendor = new FakeVendor();
    vendor.submitSafety = 'findable';
    vendor.recover = async () => ({ found: 'absent' });
    const { harness, submit, check, store } = workbench({
      vendors: vendorsOf(accountOf(vendor, 'fake:other')),
    });
    const dead = makeNewAttempt({
      account: 'fake:gone',
      leaseOwner: 'worker-2',
      leaseUntil: NOON,
      startedAt: new Date(),
    });
    const { task, attempt } = await createSubmitting(harness, {}, dead);
    await submit.run(task.id, running());

    await check.run([attempt.id], running());

    expect(await store.attemptsOf(task.id)).toMatchObject([{ state: 'seeking' }]);
  });
});
