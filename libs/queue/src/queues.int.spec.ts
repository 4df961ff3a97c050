import type { Ring } from '@app/tasks';
import { Queue } from 'bullmq';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRedis, type TestRedis } from '../../../test/support/redis.js';
import { QUEUE_PREFIX } from './keys.js';
import { type QueuedStep, queueName, Queues } from './queues.js';
import { commandConnection } from './redis.js';
import { StepWorkers } from './step-workers.js';
import { HandledSteps } from './testing/handled-steps.js';

let redis: TestRedis;
let queues: Queues;
const toClose: (() => Promise<void>)[] = [];
beforeEach(async () => {
  redis = await createRedis();
  queues = new Queues(redis.url, 'here');
  toClose.push(async () => await queues.close());
});
afterEach(async () => {
  for (const close of toClose.splice(0).toReversed()) await close();
  await redis.drop();
});

const ring = (subject: string, fields: Partial<Ring> = {}): Ring => ({
  step: 'submit',
  subject,
  ring: '0',
  dueAt: new Date(0),
  ...fields,
});

const expiring = (hours: number): Partial<Ring> => ({
  step: 'archive',
  expiresAt: new Date(Date.now() + hours * 3_600_000),
});

function work(
  steps: HandledSteps,
  onError: (step: QueuedStep) => void = () => undefined,
): StepWorkers {
  const workers = new StepWorkers(redis.url, steps.handlers, { concurrency: 4, onError });
  toClose.push(async () => await workers.close());
  return workers;
}

/** Where a ring's job stands in its queue. */
async function stateOf(jobId: string, step: QueuedStep): Promise<string> {
  const connection = commandConnection(redis.url);
  const queue = new Queue(queueName(step), { connection, prefix: QUEUE_PREFIX });
  try {
    return await queue.getJobState(jobId);
  } finally {
    await queue.close();
    connection.disconnect();
  }
}

describe('Queues and StepWorkers', () => {
  it('call the handler of the step with the subject of the ring', async () => {
    const steps = new HandledSteps();
    work(steps);

    await queues.ring([ring('tk-1'), ring('at-1', { step: 'check' })]);
    await queues.ring([ring('tk-2', { step: 'archive' }), ring('tk-3', { step: 'gather' })]);
    await steps.until(3);

    expect(new Set(steps.seen)).toEqual(
      new Set([
        { step: 'submit', subject: 'tk-1' },
        { step: 'archive', subject: 'tk-2' },
        { step: 'gather', subject: 'tk-3' },
      ]),
    );
  });

  it('run a ring once that comes again while it is held', async () => {
    const gate = Promise.withResolvers<void>();
    const steps = new HandledSteps(async () => await gate.promise);
    work(steps);
    await queues.ring([ring('tk-1')]);
    await steps.until(1);

    await queues.ring([ring('tk-1'), ring('tk-1')]);
    await queues.ring([ring('tk-last')]);
    await steps.until(2);
    gate.resolve();

    expect(steps.subjects).toEqual(['tk-1', 'tk-last']);
  });

  it('run another ring of the same row', async () => {
    const steps = new HandledSteps();
    work(steps);

    await queues.ring([ring('tk-1', { ring: '0' }), ring('tk-1', { ring: 'again-0' })]);
    await steps.until(2);

    expect(steps.subjects).toEqual(['tk-1', 'tk-1']);
  });

  it('run the same ring again once it is done', async () => {
    const steps = new HandledSteps();
    const workers = work(steps);
    await queues.ring([ring('tk-1')]);
    await steps.until(1);
    await workers.close();
    const later = new HandledSteps();
    work(later);

    await queues.ring([ring('tk-1')]);
    await later.until(1);

    expect(later.subjects).toEqual(['tk-1']);
  });

  it('hold a ring until it is due', async () => {
    const steps = new HandledSteps();
    work(steps);
    const dueAt = new Date(Date.now() + 3_600_000);

    await queues.ring([ring('tk-early', { dueAt }), ring('tk-1')]);
    await steps.until(1);

    expect(steps.subjects).toEqual(['tk-1']);
    expect(await stateOf('submit-tk-early-0', 'submit')).toBe('delayed');
  });

  it('archive first what dies first, whatever was rung for first', async () => {
    await queues.ring([
      ring('tk-week', expiring(168)),
      ring('tk-unknown', { step: 'archive', dueAt: new Date() }),
    ]);
    await queues.ring([ring('tk-hour', expiring(1))]);
    const steps = new HandledSteps();
    const workers = new StepWorkers(redis.url, steps.handlers, {
      concurrency: 1,
      onError: () => undefined,
    });
    toClose.push(async () => await workers.close());

    await steps.until(3);

    expect(steps.subjects).toEqual(['tk-hour', 'tk-unknown', 'tk-week']);
  });

  it('forget a job that is done, so that its row may be rung for again', async () => {
    const steps = new HandledSteps();
    const workers = work(steps);

    await queues.ring([ring('tk-1')]);
    await steps.until(1);
    await workers.close();

    expect(await stateOf('submit-tk-1-0', 'submit')).toBe('unknown');
  });

  it('try a step again that failed, and tell of the failure', async () => {
    const failed: QueuedStep[] = [];
    const steps: HandledSteps = new HandledSteps(async () => {
      if (steps.seen.length === 1) throw new Error('a fault of ours');
    });
    work(steps, (step) => failed.push(step));

    await queues.ring([ring('tk-1')]);
    await steps.until(2);

    expect(steps.subjects).toEqual(['tk-1', 'tk-1']);
    expect(failed).toEqual(['submit']);
  });

  it('take new jobs after Redis was emptied', async () => {
    const steps = new HandledSteps();
    work(steps);
    await queues.ring([ring('tk-1')]);
    await steps.until(1);

    await redis.flush();
    await queues.ring([ring('tk-2'), ring('tk-3', { step: 'archive' })]);
    await steps.until(3);

    expect(steps.subjects.toSorted()).toEqual(['tk-1', 'tk-2', 'tk-3']);
  });

  it('finish what runs before they close, and take nothing after it', async () => {
    const gate = Promise.withResolvers<void>();
    const ended: string[] = [];
    const steps = new HandledSteps(async (subject) => {
      await gate.promise;
      ended.push(subject);
    });
    const workers = work(steps);
    await queues.ring([ring('tk-1')]);
    await steps.until(1);

    const closed = workers.close();
    expect(ended).toEqual([]);
    gate.resolve();
    await closed;
    await queues.ring([ring('tk-2')]);

    expect(ended).toEqual(['tk-1']);
    expect(await stateOf('submit-tk-2-0', 'submit')).toBe('waiting');
  });

  it('answer a ping once they are connected', async () => {
    await queues.ring([ring('tk-1')]);

    await expect(queues.ping()).resolves.toBeUndefined();
  });
});
