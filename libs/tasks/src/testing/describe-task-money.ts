import { expect, it } from 'vitest';
import { archived, failed, retryLater, vendorDone } from '../moves.js';
import type { Task } from '../task.js';
import { makeContext, makeLinked, makeTask } from './make-task.js';
import {
  createArchiving,
  createQueued,
  createSubmitting,
  createWithParts,
  type MakeTaskStore,
  type TaskStoreHarness,
} from './task-store-harness.js';

const HELD = { keyId: 'key_1', hold: { nanoUsd: 50, priceVersion: '2026-11-22' } };
const ERROR = {
  code: 'TASK_FAILED',
  message: 'No.',
  providerCode: null,
  retryable: false,
} as const;

/** What a store tells the ledger of tasks, in the same commit as the change. */
export function describeTaskMoney(makeHarness: MakeTaskStore): void {
  it('holds with the creation, and keeps what it holds', async () => {
    const harness = await makeHarness();

    const task = await createQueued(harness, HELD);

    expect(await told(harness, task)).toEqual([['hold', 50]]);
    expect((await harness.transfersOf(task.id)).map(({ keyId }) => keyId)).toEqual(['key_1']);
    expect(await harness.store.find(task.id)).toMatchObject(HELD);
  });

  it('holds nothing for a task that is not created', async () => {
    const harness = await makeHarness();
    const { tenantId } = await createQueued(harness, HELD);
    const task = makeTask({ ...HELD, tenantId });

    const result = await harness.store.create({ task, idempotency: null, maxQueued: 1 });

    expect(result).toBe('queue-full');
    expect(await told(harness, task)).toEqual([]);
  });

  it('releases and charges with the success', async () => {
    const harness = await makeHarness();
    const { task, outputs } = await createArchiving(harness, HELD);

    await harness.store.apply(archived(task, outputs, makeContext()));

    expect(await told(harness, task)).toEqual([
      ['charge', 40_000_000],
      ['hold', 50],
      ['release', 50],
    ]);
    expect(await harness.store.find(task.id)).toMatchObject({ usage: { costNanoUsd: 40_000_000 } });
  });

  it('charges what was held where the vendor tells no cost', async () => {
    const harness = await makeHarness();
    const { task, attempt } = await createSubmitting(harness, HELD);
    const usage = { unit: 'second', quantity: 5.5, costNanoUsd: null } as const;
    const outputs = [makeLinked()];
    const done = vendorDone(task, attempt, { outputs, usage }, makeContext());
    await harness.store.apply(done);

    await harness.store.apply(archived(done.to, outputs, makeContext()));

    expect(await told(harness, task)).toContainEqual(['charge', 50]);
    const ended = await harness.store.find(task.id);
    expect(ended?.usage).toEqual({ ...usage, costNanoUsd: 50, isEstimated: true });
    expect(ended?.pricedBy).toBe('2026-11-22');
  });

  it('releases with the failure, and charges nothing', async () => {
    const harness = await makeHarness();
    const task = await createQueued(harness, HELD);

    await harness.store.apply(failed(task, ERROR, makeContext()));

    expect(await told(harness, task)).toEqual([
      ['hold', 50],
      ['release', 50],
    ]);
  });

  it('remembers calls that may be charged until the task ends', async () => {
    const harness = await makeHarness();
    const { task, attempt } = await createSubmitting(harness, HELD);
    const unknown = { id: attempt.id, state: 'unknown', error: 'lost' } as const;
    const again = retryLater(task, unknown, makeContext().now, makeContext());
    await harness.store.apply(again);
    const read = await harness.store.find(task.id);

    await harness.store.apply(failed(read ?? again.to, ERROR, makeContext()));

    expect(read?.lostCalls).toBe(1);
    expect(await told(harness, task)).toContainEqual(['lost', 50]);
  });

  it('tells nothing when somebody else was first', async () => {
    const harness = await makeHarness();
    const { task, outputs } = await createArchiving(harness, HELD);
    await harness.store.apply(failed(task, ERROR, makeContext()));
    const before = await told(harness, task);

    await harness.store.apply(archived(task, outputs, makeContext()));

    expect(await told(harness, task)).toEqual(before);
  });

  it('holds for a task of several calls, and nothing for its parts', async () => {
    const harness = await makeHarness();

    const { task, parts } = await createWithParts(harness, HELD);
    const [part] = parts;
    if (part) await harness.store.apply(failed(part, ERROR, makeContext()));

    expect(await told(harness, task)).toEqual([['hold', 50]]);
    expect(await Promise.all(parts.map(async (one) => await told(harness, one)))).toEqual(
      parts.map(() => []),
    );
  });
}

/** Kinds and amounts, in the order of kinds. */
async function told({ transfersOf }: TaskStoreHarness, { id }: Pick<Task, 'id'>) {
  const transfers = await transfersOf(id);
  return transfers
    .map(({ kind, amountNanoUsd }) => [kind, amountNanoUsd] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}
