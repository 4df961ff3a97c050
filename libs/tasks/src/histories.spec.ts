import { ProviderError } from '@app/errors';
import type { Submitted } from '@app/providers';
import { array, assert, asyncProperty, constantFrom, type Arbitrary } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFinal } from './states.js';
import { answerWith, PNG } from './testing/fake-archive.js';
import { MortalStore } from './testing/mortal-store.js';
import { admission, createQueued } from './testing/task-store-harness.js';
import { running, workbench } from './testing/workbench.js';

const USAGE = { unit: 'image', quantity: 1, costNanoUsd: 1 } as const;
const ANSWERS = ['accept', 'inline', 'refuse', 'unknown'] as const;
const STEPS = [
  'admit',
  'submit',
  'check',
  'archive',
  'hook',
  'cancel',
  'deadline',
  'lapse',
  'die before',
  'die after',
  'job done',
  'job fails',
  'job regresses',
  'look fails',
  'link dies',
] as const;
const SAFETIES = ['none', 'idempotent', 'findable', 'hook-correlates'] as const;

type Action = (typeof STEPS)[number] | (typeof ANSWERS)[number];

async function world(safety: (typeof SAFETIES)[number], onUnknown: 'fail' | 'retry') {
  const store = new MortalStore();
  const made = workbench({ store, hooks: true });
  const { vendor, door, harness } = made;
  vendor.submitSafety = safety;
  vendor.stopsJobs();
  const callback = { url: 'https://your.example/hook', when: 'final' } as const;
  const { id } = await createQueued(harness, { onUnknown, callback });
  /** What the vendor has taken, by attempt: what it may charge for. */
  const taken: string[] = [];
  const state = { answer: 'accept' as (typeof ANSWERS)[number], process: 1 };
  vendor.recover = async ({ attemptId }) =>
    taken.includes(attemptId)
      ? { found: 'job', handle: { job: attemptId }, vendorId: attemptId }
      : { found: 'absent' };
  vendor.onSubmit = async ({ attemptId }): Promise<Submitted> => {
    if (state.answer === 'refuse')
      throw new ProviderError('busy', { accepted: 'no', retryable: true, status: 503 });
    taken.push(attemptId);
    if (state.answer === 'unknown')
      throw new ProviderError('reset', { accepted: 'unknown', retryable: true });
    if (state.answer === 'inline')
      return { state: 'done', outputs: [{ from: 'bytes', bytes: PNG }], usage: USAGE };
    return { state: 'accepted', handle: { job: attemptId }, vendorId: attemptId };
  };
  const linkDone = {
    state: 'done',
    outputs: [{ from: 'url', url: 'https://vendor.example/1.png', expiresAt: 4e12 }],
    usage: USAGE,
  } as const;
  /** The submit step of the process that lives now; a death makes another one. */
  const submits = { step: made.submitOf('process-1') };
  const find = async () => {
    const task = await store.find(id);
    if (!task) throw new Error('the task is gone');
    return task;
  };
  const attempts = () => [...store.attempts.values()];
  const open = () => attempts().filter(({ finishedAt }) => finishedAt === null);

  const survive = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('killed')) throw error;
      state.process += 1;
      submits.step = made.submitOf(`process-${state.process}`);
    }
  };
  const lapse = (): void => {
    for (const attempt of open()) {
      if (attempt.state !== 'submitting') continue;
      store.attempts.set(attempt.id, { ...attempt, leaseUntil: new Date(0) });
    }
  };
  const admit = async (): Promise<void> => {
    const task = await find();
    if (task.dispatchAt && !isFinal(task.status)) await store.apply(admission(task));
  };
  const effects: Readonly<Record<Action, () => Promise<unknown> | void>> = {
    accept: () => void (state.answer = 'accept'),
    inline: () => void (state.answer = 'inline'),
    refuse: () => void (state.answer = 'refuse'),
    unknown: () => void (state.answer = 'unknown'),
    admit,
    submit: async () => await submits.step.run(id, running()),
    check: async () => await made.check.run([...store.attempts.keys()], running()),
    archive: async () => await made.archive.run(id, running()),
    hook: async () => {
      for (const attemptId of [...taken, 'at-forged'])
        await store.noteHook(attemptId, { job: attemptId }, new Date());
    },
    cancel: async () => await made.cancel.cancel('tn_1', id),
    deadline: async () => await made.overdue.run(id, running()),
    lapse,
    'die before': () => void (store.dies = 'before'),
    'die after': () => void (store.dies = 'after'),
    'job done': () => void (vendor.onCheck = async () => linkDone),
    'job fails': () =>
      void (vendor.onCheck = async () => ({
        state: 'failed',
        code: 'TASK_FAILED',
        message: 'no',
        retryable: false,
      })),
    'job regresses': () => void (vendor.onCheck = async () => ({ state: 'running', progress: 5 })),
    'look fails': () =>
      void (vendor.onCheck = async () =>
        await Promise.reject(new ProviderError('500', { accepted: 'unknown', retryable: true }))),
    'link dies': () => void (door.onRequest = async () => answerWith(Buffer.alloc(0), 404)),
  };

  const invariants = async (): Promise<void> => {
    const task = await find();
    const events = await store.eventsOf(id, -1);
    expect(events.filter(({ to }) => isFinal(to))).toHaveLength(isFinal(task.status) ? 1 : 0);
    expect(events.at(-1)?.to).toBe(task.status);
    expect(store.deliveries).toHaveLength(isFinal(task.status) ? 1 : 0);
    expect(open().length).toBeLessThanOrEqual(task.account === null ? 0 : 1);
    expect(task.account === null || task.dispatchAt === null).toBe(true);
    const paid = new Set(taken).size;
    expect(paid).toBeLessThanOrEqual(onUnknown === 'fail' ? 1 : 3);
    // The same attempt is sent twice only where the vendor knows it by its id.
    expect(safety === 'idempotent' ? paid : taken.length).toBe(paid);
  };

  /** Only what the rows say is overdue, and the dispatcher: every other ring was lost. */
  const finish = async (): Promise<void> => {
    store.dies = null;
    state.answer = 'accept';
    vendor.onCheck = async () => linkDone;
    door.onRequest = async () => answerWith(PNG);
    for (let turn = 0; turn < 40 && !isFinal((await find()).status); turn += 1) {
      await admit();
      lapse();
      const rings = await made.work.overdue(new Date(8e12), 100);
      for (const { step, subject } of rings) {
        if (step === 'submit') await submits.step.run(subject, running());
        if (step === 'check') await made.check.run([subject], running());
        if (step === 'archive') await made.archive.run(subject, running());
      }
      for (const attempt of open()) {
        if (attempt.state === 'seeking' && turn > 5)
          store.attempts.set(attempt.id, { ...attempt, seekUntil: new Date(0) });
      }
    }
  };
  return {
    act: async (action: Action) => await survive(async () => await effects[action]()),
    invariants,
    finish,
    find,
  };
}

/** Hundreds of histories on a machine that has other things to do. */
const PATIENCE_MS = 60_000;

const ACTIONS: Arbitrary<Action> = constantFrom<Action>(
  ...STEPS,
  ...ANSWERS,
  // Most of a history is work.
  ...(['admit', 'submit', 'check', 'archive', 'admit', 'submit', 'check', 'archive'] as const),
);

describe('every history of a task', () => {
  it(
    'keeps what always holds, and can be driven to its end from the rows alone',
    async () => {
      const histories = asyncProperty(
        constantFrom(...SAFETIES),
        constantFrom('fail' as const, 'retry' as const),
        array(ACTIONS, { minLength: 1, maxLength: 30 }),
        async (safety, onUnknown, actions) => {
          const made = await world(safety, onUnknown);

          for (const action of actions) {
            await made.act(action);
            await made.invariants();
          }
          await made.finish();

          await made.invariants();
          expect(isFinal((await made.find()).status)).toBe(true);
        },
      );

      await assert(histories, { numRuns: 400, seed: 20_261_122 });
    },
    PATIENCE_MS,
  );
});
