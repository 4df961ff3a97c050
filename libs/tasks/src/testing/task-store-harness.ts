import type { Delivery } from '@app/callbacks';
import { makeContext, makeLinked, makeNewAttempt, makeTask } from './make-task.js';
import { accepted, begin, vendorDone } from '../moves.js';
import type { Task, TaskOutput } from '../task.js';
import type { TaskStore } from '../task.store.js';
import type { NewAttempt, Ring } from '../transition.js';
import type { TaskEvent } from './in-memory-task.store.js';

/** A store, and what it keeps beside the tasks. Rows of other tests may be there. */
export interface TaskStoreHarness {
  readonly store: TaskStore;
  /** Makes a tenant that tasks may belong to; each call another one. */
  readonly makeTenant: () => Promise<string>;
  /** Oldest first. */
  readonly eventsOf: (taskId: string) => Promise<readonly TaskEvent[]>;
  readonly deliveriesOf: (taskId: string) => Promise<readonly Delivery[]>;
  /** All that is in the outbox. */
  readonly rings: () => Promise<readonly Ring[]>;
}

export type MakeTaskStore = () => Promise<TaskStoreHarness>;

/** Ids of the subjects that the outbox rings for. */
export async function rungSubjects(harness: TaskStoreHarness): Promise<readonly string[]> {
  return (await harness.rings()).map(({ subject }) => subject);
}

/** A task in the store, as `TaskCreator` writes it. */
export async function createQueued(
  { store, makeTenant }: TaskStoreHarness,
  fields: Partial<Task> = {},
): Promise<Task> {
  const task = makeTask({ tenantId: fields.tenantId ?? (await makeTenant()), ...fields });
  const ring = { step: 'submit', subject: task.id, ring: '0', dueAt: task.createdAt } as const;
  await store.create({ task, idempotency: null, rings: [ring] });
  return task;
}

/** A task whose vendor is being asked. */
export async function createSubmitting(
  harness: TaskStoreHarness,
  fields: Partial<Task> = {},
  attempt: NewAttempt = makeNewAttempt(),
) {
  const queued = await createQueued(harness, fields);
  const beginning = begin(queued, attempt, makeContext());
  await harness.store.apply(beginning);
  return { task: beginning.to, attempt };
}

/** A task whose vendor is at work. */
export async function createSubmitted(
  harness: TaskStoreHarness,
  fields: Partial<Task> = {},
  firstCheckAt: Date = makeContext().now,
) {
  const { task, attempt } = await createSubmitting(harness, fields);
  const job = { handle: { job: 'j-1' }, vendorId: 'j-1', firstCheckAt };
  const acceptance = accepted(task, attempt, job, makeContext());
  await harness.store.apply(acceptance);
  return { task: acceptance.to, attempt };
}

/** A task whose result has to be brought home. */
export async function createArchiving(
  harness: TaskStoreHarness,
  fields: Partial<Task> = {},
  outputs: readonly TaskOutput[] = [makeLinked()],
) {
  const { task, attempt } = await createSubmitted(harness, fields);
  const usage = { unit: 'image', quantity: outputs.length, costNanoUsd: 40_000_000 } as const;
  const done = vendorDone(task, attempt, { outputs, usage }, makeContext());
  await harness.store.apply(done);
  return { task: done.to, attempt, outputs };
}
