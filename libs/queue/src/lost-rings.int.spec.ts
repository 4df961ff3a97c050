import type { Ring } from '@app/tasks';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRedis, type TestRedis } from '../../../test/support/redis.js';
import { Queues } from './queues.js';
import { StepWorkers } from './step-workers.js';
import { HandledSteps } from './testing/handled-steps.js';

let redis: TestRedis;
let queues: Queues;
beforeEach(async () => {
  redis = await createRedis();
  queues = new Queues(redis.url, 'here');
});
afterEach(async () => {
  await queues.close();
  await redis.drop();
});

const NEVER = new Date(Date.now() + 3_600_000);
const ring = (fields: Partial<Ring> = {}): Ring => ({
  step: 'archive',
  subject: 'tk-1',
  ring: '3',
  dueAt: new Date(0),
  ...fields,
});
const AGAIN = ring({ ring: 'again-3' });

describe('a ring of the reconciler', () => {
  it('is lost when no job is there', async () => {
    expect(await queues.lost([AGAIN])).toEqual([AGAIN]);
  });

  it.each([
    ['the first ring waits for its turn', ring()],
    ['the first ring waits for its time', ring({ dueAt: NEVER })],
    ['it waits itself', AGAIN],
  ])('is not lost while %s', async (_, waiting) => {
    await queues.ring([waiting]);

    expect(await queues.lost([AGAIN])).toEqual([]);
  });

  it('is lost when only another ring of the row, or the same of another row, waits', async () => {
    await queues.ring([
      ring({ ring: '2' }),
      ring({ subject: 'tk-2' }),
      ring({ step: 'submit', ring: '3' }),
    ]);

    expect(await queues.lost([AGAIN])).toEqual([AGAIN]);
  });

  it('of a check is lost when the index has no time for it', async () => {
    const checks = ['at-1', 'at-2'].map((subject) => ring({ step: 'check', subject }));
    await queues.ring([ring({ step: 'check', subject: 'at-2', dueAt: NEVER })]);

    expect(await queues.lost([...checks, AGAIN])).toEqual([checks[0], AGAIN]);
  });

  it('is not lost while a worker runs its step, and is once that worker is dead', async () => {
    const gate = Promise.withResolvers<void>();
    const steps = new HandledSteps(async () => await gate.promise);
    const options = { concurrency: 1, onError: () => undefined };
    const workers = new StepWorkers(redis.url, steps.handlers, options);
    await queues.ring([ring()]);
    await steps.until(1);

    expect(await queues.lost([AGAIN])).toEqual([]);
    await dropLock();
    expect(await queues.lost([AGAIN])).toEqual([AGAIN]);

    gate.resolve();
    await workers.close();
  });
});

/** What time does to the lock of a worker that is no more. */
async function dropLock(): Promise<void> {
  const client = new Redis(redis.url);
  const [lock = ''] = await client.keys('*:lock');
  await client.del(lock);
  client.disconnect();
}
