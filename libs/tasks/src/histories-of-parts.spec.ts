import { ProviderError } from '@app/errors';
import type { Submitted } from '@app/providers';
import { array, assert, asyncProperty, constantFrom, integer, tuple } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFinal } from './states.js';
import { answerWith, PNG } from './testing/fake-archive.js';
import { MortalStore } from './testing/mortal-store.js';
import { admission, createWithParts } from './testing/task-store-harness.js';
import { running, workbench } from './testing/workbench.js';

const USAGE = { unit: 'image', quantity: 1, costNanoUsd: 1 } as const;
const ANSWERS = ['accept', 'inline', 'refuse', 'unknown'] as const;
const STEPS = [
  'admit',
  'submit',
  'check',
  'archive',
  'gather',
  'cancel',
  'deadline',
  'deadline of a part',
  'lapse',
  'die before',
  'die after',
  'job done',
  'job fails',
  'link dies',
  'vendor stops jobs',
] as const;

type Action = (typeof STEPS)[number] | (typeof ANSWERS)[number];

const PARTS = 3;

async function world() {
  const store = new MortalStore();
  const made = workbench({ store });
  const { vendor, door, harness } = made;
  const callback = { url: 'https://your.example/hook', when: 'final' } as const;
  const { task, parts } = await createWithParts(harness, { callback });
  const ids = parts.map(({ id }) => id);
  const taken: string[] = [];
  const state = { answer: 'accept' as (typeof ANSWERS)[number], process: 1 };
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
  const link = { from: 'url', url: 'https://vendor.example/1.png', expiresAt: 4e12 } as const;
  const linkDone = { state: 'done', outputs: [link], usage: USAGE } as const;
  const submits = { step: made.submitOf('process-1') };
  const find = async (id = task.id) => {
    const found = await store.find(id);
    if (!found) throw new Error('the task is gone');
    return found;
  };
  const survive = async (work: () => Promise<unknown> | void): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('killed')) throw error;
      state.process += 1;
      submits.step = made.submitOf(`process-${state.process}`);
    }
  };
  const lapse = (): void => {
    for (const attempt of store.attempts.values()) {
      if (attempt.state !== 'submitting') continue;
      store.attempts.set(attempt.id, { ...attempt, leaseUntil: new Date(0) });
    }
  };
  const admit = async (id: string): Promise<void> => {
    const part = await find(id);
    if (part.dispatchAt && !isFinal(part.status)) await store.apply(admission(part));
  };
  const effectOf = (action: Action, id: string): Promise<unknown> | void => {
    switch (action) {
      case 'accept':
      case 'inline':
      case 'refuse':
      case 'unknown':
        return void (state.answer = action);
      case 'admit':
        return admit(id);
      case 'submit':
        return submits.step.run(id, running());
      case 'check':
        return made.check.run([...store.attempts.keys()], running());
      case 'archive':
        return made.archive.run(id, running());
      case 'gather':
        return made.gather.run(task.id, running());
      case 'cancel':
        return made.cancel.cancel('tn_1', task.id);
      case 'deadline':
        return made.overdue.run(task.id, running());
      case 'deadline of a part':
        return made.overdue.run(id, running());
      case 'lapse':
        return lapse();
      case 'die before':
        return void (store.dies = 'before');
      case 'die after':
        return void (store.dies = 'after');
      case 'job done':
        return void (vendor.onCheck = async () => linkDone);
      case 'job fails':
        return void (vendor.onCheck = async () => FAILS);
      case 'link dies':
        return void (door.onRequest = async () => answerWith(Buffer.alloc(0), 404));
      case 'vendor stops jobs':
        return vendor.stopsJobs();
    }
  };

  const invariants = async (): Promise<void> => {
    const whole = await find();
    const calls = (await store.partsOf(task.id)).map((part) => part.task);
    const events = await store.eventsOf(task.id, -1);
    const hasEnded = isFinal(whole.status);
    expect(events.filter(({ to }) => isFinal(to))).toHaveLength(hasEnded ? 1 : 0);
    expect(events.at(-1)?.to).toBe(whole.status);
    expect(store.deliveries).toHaveLength(hasEnded ? 1 : 0);
    // Whoever is told that it is over pays for nothing more.
    expect(!hasEnded || calls.every(({ status }) => isFinal(status))).toBe(true);
    expect([whole.account, whole.dispatchAt]).toEqual([null, null]);
    expect(await store.attemptsOf(task.id)).toEqual([]);
    expect(taken).toHaveLength(new Set(taken).size);
    expect(taken.length).toBeLessThanOrEqual(PARTS);
    const outputs = await store.outputsOf(task.id);
    const won = calls.filter(({ status }) => status === 'success');
    expect(outputs).toHaveLength(whole.status === 'success' ? won.length : 0);
    expect(!hasEnded || (whole.usage?.quantity ?? 0) >= won.length).toBe(true);
    const missing = whole.partial?.failures.length ?? 0;
    expect(!hasEnded || outputs.length + missing === PARTS).toBe(true);
  };

  /** Only what the rows say is overdue, and the dispatcher: every other ring was lost. */
  const finish = async (): Promise<void> => {
    store.dies = null;
    state.answer = 'accept';
    vendor.onCheck = async () => linkDone;
    door.onRequest = async () => answerWith(PNG);
    for (let turn = 0; turn < 40 && !isFinal((await find()).status); turn += 1) {
      for (const id of ids) await admit(id);
      lapse();
      for (const { step, subject } of await made.work.overdue(new Date(8e12), 100)) {
        if (step === 'submit') await submits.step.run(subject, running());
        if (step === 'check') await made.check.run([subject], running());
        if (step === 'archive') await made.archive.run(subject, running());
        if (step === 'gather') await made.gather.run(subject, running());
      }
    }
  };
  return {
    act: async (action: Action, part: number) => {
      await survive(() => effectOf(action, ids[part] ?? ''));
    },
    invariants,
    finish,
    find,
  };
}

const FAILS = { state: 'failed', code: 'TASK_FAILED', message: 'no', retryable: false } as const;

/** Hundreds of histories on a machine that has other things to do. */
const PATIENCE_MS = 60_000;

const ACTIONS = constantFrom<Action>(
  ...STEPS,
  ...ANSWERS,
  // Most of a history is work.
  ...(['admit', 'submit', 'check', 'archive', 'gather'] as const),
  ...(['admit', 'submit', 'check', 'archive', 'gather'] as const),
);

describe('every history of a task of several calls', () => {
  it(
    'keeps what always holds, and can be driven to its end from the rows alone',
    async () => {
      const histories = asyncProperty(
        array(tuple(ACTIONS, integer({ min: 0, max: PARTS - 1 })), { minLength: 1, maxLength: 50 }),
        async (actions) => {
          const made = await world();

          for (const [action, part] of actions) {
            await made.act(action, part);
            await made.invariants();
          }
          await made.finish();

          await made.invariants();
          expect(isFinal((await made.find()).status)).toBe(true);
        },
      );

      await assert(histories, { numRuns: 150, seed: 20_261_123 });
    },
    PATIENCE_MS,
  );
});
