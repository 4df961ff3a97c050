import { GatewayError, ProviderError } from '@app/errors';
import type { SubmitSafety } from '@app/providers';
import { describe, expect, it } from 'vitest';
import { InputUnavailableError } from './input-fetcher.js';
import { PNG } from './testing/fake-archive.js';
import { InMemoryTaskStore } from './testing/in-memory-task.store.js';
import { makeFacts, makeLinked, makeNewAttempt, NOON } from './testing/make-task.js';
import { createAdmitted, createSubmitting } from './testing/task-store-harness.js';
import { running, workbench, type WorkbenchOptions } from './testing/workbench.js';
import type { Task } from './task.js';
import type { Transition } from './transition.js';

const USAGE = { unit: 'image', quantity: 1, costNanoUsd: 40_000_000 } as const;
const lost = () => new ProviderError('reset', { accepted: 'unknown', retryable: true });

/** A submit whose answer is lost, at a vendor of this kind. */
async function lose(
  safety: SubmitSafety,
  options: WorkbenchOptions = {},
  fields: Partial<Task> = {},
) {
  const made = workbench(options);
  made.vendor.submitSafety = safety;
  made.vendor.recover = async () => ({ found: 'unclear' });
  made.vendor.onSubmit = async () => await Promise.reject(lost());
  const task = await createAdmitted(made.harness, fields);
  await made.submit.run(task.id, running());
  const attempt = [...made.store.attempts.values()].at(-1);
  return { ...made, task, attempt, now: await made.store.find(task.id) };
}

/** A task whose worker died in the call. */
async function abandoned(options: WorkbenchOptions = {}) {
  const made = workbench(options);
  const dead = makeNewAttempt({ leaseOwner: 'worker-2', leaseUntil: NOON, startedAt: new Date() });
  const { task, attempt } = await createSubmitting(made.harness, {}, dead);
  return { ...made, task, attempt, run: async () => await made.submit.run(task.id, running()) };
}

describe('a submit whose answer was lost', () => {
  it.each([
    ['none', false, 'unknown'],
    ['findable', false, 'seeking'],
    ['hook-correlates', true, 'seeking'],
    ['hook-correlates', false, 'unknown'],
    ['idempotent', false, 'submitting'],
  ] as const)('at a vendor that is %s (hook URL: %s) leaves %s', async (safety, hooks, state) => {
    const { attempt, vendor } = await lose(safety, { hooks });

    expect(attempt).toMatchObject({ state });
    expect(vendor.submits).toHaveLength(1);
  });

  it('keeps its slot while the job is looked for, and no longer', async () => {
    expect((await lose('findable')).now).toMatchObject({ account: 'fake:1' });
    expect((await lose('none')).now).toMatchObject({ account: null, status: 'fail' });
  });

  it('goes on with the job that the vendor’s callback names', async () => {
    const { attempt, store, check } = await lose('hook-correlates', { hooks: true });
    const id = attempt?.id ?? '';
    await store.noteHook(id, { job: 'j-5' }, new Date());

    await check.run([id], running());

    expect(store.attempts.get(id)).toMatchObject({ state: 'submitted', handle: { job: 'j-5' } });
  });

  it('is sent again under the same id where the vendor knows it by that', async () => {
    const { attempt, store, vendor, submit, task } = await lose('idempotent');
    const id = attempt?.id ?? '';
    store.attempts.set(id, { ...(attempt as NonNullable<typeof attempt>), leaseUntil: NOON });
    vendor.onSubmit = async () => ({ state: 'accepted', handle: {}, vendorId: 'j-1' });

    await submit.run(task.id, running());

    expect(vendor.attempts).toEqual([id, id]);
    expect(store.attempts.get(id)).toMatchObject({ state: 'submitted' });
  });

  it('is never taken for one that was not sent', async () => {
    const { submit, task, vendor, store } = await lose('idempotent');

    await submit.run(task.id, running());

    expect(vendor.submits).toHaveLength(1);
    expect(store.attempts.size).toBe(1);
  });

  it('ends the task instead of sending it again when a cancel was requested', async () => {
    const made = workbench();
    made.vendor.stopsJobs();
    const task = await createAdmitted(made.harness, { onUnknown: 'retry' });
    made.vendor.onSubmit = async () => {
      await made.cancel.cancel('tn_1', task.id);
      throw lost();
    };

    await made.submit.run(task.id, running());

    const end = { error: { code: 'TASK_CANCELED' }, lostCalls: 1 };
    expect(await made.store.find(task.id)).toMatchObject(end);
  });
});

describe('a submit whose worker died', () => {
  it('is over when its answer was kept', async () => {
    const { run, intake, task, attempt, store, vendor, outputs } = await abandoned();
    const kept = [makeLinked({ source: null, stored: makeFacts() })];
    await intake.answers.write({ task, attempt }, { outputs: kept, usage: USAGE });

    await run();

    expect(vendor.submits).toEqual([]);
    expect(await store.find(task.id)).toMatchObject({ status: 'archiving', usage: USAGE });
    expect(await store.outputsOf(task.id)).toEqual(kept);
    expect(outputs.bytes.size).toBe(0);
  });

  it('writes the manifest before the commit', async () => {
    const { harness, submit, vendor, outputs, store } = workbench();
    const task = await createAdmitted(harness);
    vendor.onSubmit = async () => ({
      state: 'done',
      outputs: [{ from: 'bytes', bytes: PNG }],
      usage: USAGE,
    });
    const seen: string[] = [];
    const apply = store.apply.bind(store);
    store.apply = async (transition) => {
      if (transition.to.status === 'archiving') seen.push(...outputs.bytes.keys());
      return await apply(transition);
    };

    await submit.run(task.id, running());

    const folder = `outputs/${task.id.toLowerCase()}`;
    expect(seen).toEqual([`${folder}/0`, `${folder}/answer-1`]);
    expect([...outputs.bytes.keys()]).toEqual([`${folder}/0`]);
  });
});

/** Commits the beginning of an attempt, and the answer is lost with Postgres. */
class DeafStore extends InMemoryTaskStore {
  isDeaf = true;

  override async apply(transition: Transition): Promise<boolean> {
    const won = await super.apply(transition);
    if (!transition.newAttempt || !this.isDeaf) return won;
    this.isDeaf = false;
    throw new GatewayError('SERVICE_UNAVAILABLE', 'The database is away.');
  }
}

describe('an attempt whose begin was committed unheard', () => {
  it('is sent once, because this process knows that it was not', async () => {
    const { harness, submit, vendor, store } = workbench({ store: new DeafStore() });
    const task = await createAdmitted(harness);

    await submit.run(task.id, running());

    expect(vendor.submits).toHaveLength(1);
    expect(await store.attemptsOf(task.id)).toMatchObject([{ state: 'submitted' }]);
  });

  it('goes back to the dispatcher when this process is not in its call', async () => {
    const { harness, submit, vendor, store } = workbench();
    const { task } = await createSubmitting(harness, {}, makeNewAttempt());

    await submit.run(task.id, running());

    expect(vendor.submits).toEqual([]);
    expect(await store.attemptsOf(task.id)).toMatchObject([{ state: 'failed' }]);
    expect(await store.find(task.id)).toMatchObject({ account: null, error: null });
  });
});

describe('the slot and the input of a submit', () => {
  const slot = {
    at: '/image',
    field: 'input.image',
    source: 'https://your.example/1.png',
    kind: 'image',
    as: 'base64',
    maxBytes: 1,
  } as const;

  it('sends the filled request and keeps the row as it was', async () => {
    const { harness, submit, vendor, store } = workbench();
    const task = await createAdmitted(harness, { media: [slot] });

    await submit.run(task.id, running());

    expect(vendor.submits).toEqual([{ text: 'a cat', filled: 1 }]);
    expect((await store.find(task.id))?.request).toEqual(task.request);
  });

  it('costs nothing when an input cannot be had', async () => {
    const { harness, submit, vendor, store, inputs } = workbench();
    const task = await createAdmitted(harness, { media: [slot] });
    inputs.failure = new InputUnavailableError('input.image: HTTP 404.');

    await submit.run(task.id, running());

    expect(vendor.submits).toEqual([]);
    expect(await store.attemptsOf(task.id)).toEqual([]);
    expect(await store.find(task.id)).toMatchObject({
      account: null,
      error: { code: 'INPUT_UNAVAILABLE' },
    });
  });

  it('puts a task of an older version in front of the dispatcher', async () => {
    const { harness, submit, vendor, store } = workbench();
    const task = await createAdmitted(harness, {});
    store.tasks.set(task.id, { task: { ...task, account: null }, nextActionAt: NOON });

    await submit.run(task.id, running());

    expect(vendor.submits).toEqual([]);
    expect((await store.find(task.id))?.dispatchAt).not.toBeNull();
  });

  it('goes back to the dispatcher when its account is gone', async () => {
    const { harness, submit, store } = workbench();
    const task = await createAdmitted(harness, {}, 'fake:gone');

    await submit.run(task.id, running());

    expect(await store.find(task.id)).toMatchObject({ status: 'queued', account: null });
    expect((await store.find(task.id))?.dispatchAt).not.toBeNull();
  });
});
