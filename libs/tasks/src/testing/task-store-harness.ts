import type { Delivery } from '@app/callbacks';
import type { Transfer } from '@app/tenants';
import { makeContext, makeFacts, makeLinked, makeNewAttempt, makeTask, NOON } from './make-task.js';
import { accepted, archived, begin, vendorDone } from '../moves.js';
import { type Call, withCalls } from '../new-task.js';
import type { Task, TaskOutput } from '../task.js';
import type { TaskStore } from '../task.store.js';
import type { NewAttempt, Ring, Transition } from '../transition.js';

/** A store, and what it keeps beside the tasks. Rows of other tests may be there. */
export interface TaskStoreHarness {
  readonly store: TaskStore;
  /** Makes a tenant that tasks may belong to; each call another one. */
  readonly makeTenant: () => Promise<string>;
  readonly deliveriesOf: (taskId: string) => Promise<readonly Delivery[]>;
  /** What the ledger has of a task. */
  readonly transfersOf: (taskId: string) => Promise<readonly Told[]>;
  /** All that is in the outbox. */
  readonly rings: () => Promise<readonly Ring[]>;
}

type Told = Pick<Transfer, 'kind' | 'amountNanoUsd' | 'keyId'>;

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
  await store.create({ task, idempotency: null, maxQueued: null });
  return task;
}

const callOf = (results: number, index: number): Call => ({
  input: { prompt: 'a cat', index },
  request: { text: `a cat, ${index}` },
  media: [],
  results,
});

/** A task of several calls in the store, with its parts in order. */
export async function createWithParts(
  { store, makeTenant }: TaskStoreHarness,
  fields: Partial<Task> = {},
  results: readonly [number, ...number[]] = [1, 1, 1],
) {
  const whole = makeTask({ tenantId: fields.tenantId ?? (await makeTenant()), ...fields });
  const [first, ...others] = results;
  const calls = [
    callOf(first, 0),
    ...others.map((number, index) => callOf(number, index + 1)),
  ] as const;
  const made = withCalls(whole, [calls[0], ...calls.slice(1)]);
  await store.create({ ...made, idempotency: null, maxQueued: null });
  return { task: made.task, parts: made.parts ?? [] };
}

/** The dispatcher's change of a task: it holds a slot of the account and is to be submitted. */
export function admission(task: Task, account = 'fake:1', now: Date = NOON): Transition {
  const to = { ...task, version: task.version + 1, dispatchAt: null, account };
  const ring = { step: 'submit', subject: task.id, ring: `v${to.version}`, dueAt: now } as const;
  return {
    from: task,
    to,
    at: now,
    cause: `admitted to ${account}`,
    nextActionAt: now,
    rings: [ring],
  };
}

/** A task that holds a slot and has not been submitted yet. */
export async function createAdmitted(
  harness: TaskStoreHarness,
  fields: Partial<Task> = {},
  account = 'fake:1',
): Promise<Task> {
  const admitted = admission(await createQueued(harness, fields), account);
  await harness.store.apply(admitted);
  return admitted.to;
}

/** A task whose vendor is being asked. */
export async function createSubmitting(
  harness: TaskStoreHarness,
  fields: Partial<Task> = {},
  attempt: NewAttempt = makeNewAttempt(),
) {
  const admitted = await createAdmitted(harness, fields, attempt.account);
  const beginning = begin(admitted, attempt, makeContext());
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

/** A task that ended well, with everything in the output store under keys of its own. */
export async function createSuccess(
  harness: TaskStoreHarness,
  fields: Partial<Task> = {},
  outputs: readonly TaskOutput[] = [makeLinked()],
) {
  const { task, attempt } = await createArchiving(harness, fields, outputs);
  const stored = outputs.map((output) => {
    const key = `outputs/${task.id.toLowerCase()}/${output.index}`;
    return { ...output, stored: makeFacts({ key }) };
  });
  const end = archived(task, stored, makeContext());
  await harness.store.apply(end);
  return { task: end.to, attempt, outputs: stored };
}
