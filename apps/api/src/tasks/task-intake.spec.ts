import { GatewayError } from '@app/errors';
import type { CreateRequest } from '@app/tasks';
import { describe, expect, it } from 'vitest';
import { TaskIntake } from './task-intake.js';

const IDENTITY = { tenantId: 'tn_1', keyId: 'key_1', policy: {}, keyPolicy: {} };
const KEY = { key: 'k', fingerprint: Buffer.alloc(32) };
const REFUSED = new GatewayError('BUDGET_EXCEEDED', 'Nothing is left.');
const unreached = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
const away = (cause: Error): GatewayError =>
  new GatewayError('SERVICE_UNAVAILABLE', 'Postgres is away', { cause });

interface World {
  /** At which look the other request has made the task; null: nobody makes it. */
  readonly madeAtLook?: number;
  readonly writeFails?: Error;
  readonly reserveFails?: Error;
}

/** An intake whose limits and store do as they are told. */
function open({ madeAtLook, writeFails, reserveFails }: World) {
  const told: string[] = [];
  let looks = 0;
  const parts = {
    creator: {
      replay: async () => (++looks === madeAtLook ? { taskId: 'tk-1', replayed: true } : null),
      prepare: () => ({}),
      write: async () => {
        if (writeFails) throw writeFails;
        return { taskId: 'tk-2', replayed: false };
      },
    },
    catalog: { find: () => ({ found: false }) },
    limits: {
      reserve: async () => {
        if (reserveFails) throw reserveFails;
        return {
          states: [],
          committed: () => void told.push('committed'),
          release: () => void told.push('release'),
        };
      },
    },
  };
  const intake: TaskIntake = Object.assign(Object.create(TaskIntake.prototype), {
    seeking: 0,
    ...parts,
    toRequest: (): Partial<CreateRequest> => ({ model: 'm' }),
  });
  const create = async (idempotency: typeof KEY | null) =>
    await intake.create(IDENTITY as never, {} as never, { idempotency, maxCostUsd: null });
  return { create, told, looks: () => looks };
}

describe('a request that limits refuse', () => {
  it('gets the task of the same request that took the room, once that is committed', async () => {
    const { create } = open({ reserveFails: REFUSED, madeAtLook: 3 });

    expect(await create(KEY)).toEqual({ taskId: 'tk-1', replayed: true, states: [] });
  });

  it('is refused where nobody makes its task', async () => {
    const { create } = open({ reserveFails: REFUSED });

    await expect(create(KEY)).rejects.toBe(REFUSED);
  });

  it('is refused at once for what it costs itself', async () => {
    const reserveFails = new GatewayError('BUDGET_EXCEEDED', 'Too dear.', { param: 'max_cost' });
    const { create, looks } = open({ reserveFails });

    await expect(create(KEY)).rejects.toBe(reserveFails);
    expect(looks()).toBe(1);
  });

  it('is refused at once without a key', async () => {
    const { create, looks } = open({ reserveFails: REFUSED });

    await expect(create(null)).rejects.toBe(REFUSED);
    expect(looks()).toBe(0);
  });
});

describe('what was reserved for a task', () => {
  it.each([
    ['is given back', 'Postgres was never reached', away(unreached), 'release'],
    ['is given back', 'it was refused', new GatewayError('QUEUE_FULL', 'full'), 'release'],
    ['is kept', 'the connection broke', away(new Error('Connection terminated')), 'committed'],
    ['is kept', 'nobody knows what happened', new Error('a bug'), 'committed'],
  ])('%s where %s', async (_, __, writeFails, expected) => {
    const { create, told } = open({ writeFails });

    await expect(create(null)).rejects.toBe(writeFails);

    expect(told).toEqual([expected]);
  });
});
