import { once } from 'node:events';
import type { Ring } from '@app/tasks';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOwnRedis, type OwnRedis } from '../../../test/support/redis.js';
import { OutboxPoke, OutboxPokeListener } from './outbox-poke.js';
import { Queues } from './queues.js';
import { StepWorkers } from './step-workers.js';
import { HandledSteps } from './testing/handled-steps.js';

let redis: OwnRedis;
beforeEach(async () => {
  redis = await createOwnRedis();
});
afterEach(async () => await redis.drop());

const RING: Ring = { step: 'submit', subject: 'tk-1', ring: '0', dueAt: new Date(0) };

/** What a command says whose server is not there: in ioredis' words, or the socket's. */
const AWAY =
  /ECONNREFUSED|ECONNRESET|Connection is closed|Stream isn't writeable|timed out|max retries/;

const startWorkers = (steps: HandledSteps): StepWorkers =>
  new StepWorkers(redis.url, steps.handlers, { concurrency: 2, onError: () => undefined });

describe('Queues whose Redis is away', () => {
  it('refuse to ring, rather than keep a ring that nobody waits for', async () => {
    const queues = new Queues(redis.url, 'here');
    await queues.ring([RING]);
    await redis.stop('SIGKILL');

    await expect(queues.ring([{ ...RING, ring: '1' }])).rejects.toThrow(AWAY);
    await expect(queues.ping()).rejects.toThrow(AWAY);

    await queues.close();
  });

  it('refuse to ring when it was never there', async () => {
    await redis.stop('SIGTERM');
    const queues = new Queues(redis.url, 'here');

    await expect(queues.ring([RING])).rejects.toThrow(AWAY);
    await expect(queues.ping()).rejects.toThrow(AWAY);

    await queues.close();
  });

  it('ring again once it is back', async () => {
    await redis.stop('SIGTERM');
    const queues = new Queues(redis.url, 'here');
    await expect(queues.ring([RING])).rejects.toThrow(AWAY);
    const steps = new HandledSteps();
    const workers = startWorkers(steps);

    await redis.start();
    await expect
      .poll(
        async () =>
          await queues.ring([RING]).then(
            () => 'rung',
            () => 'away',
          ),
        {
          timeout: 10_000,
        },
      )
      .toBe('rung');
    await steps.until(1);

    expect(steps.subjects).toEqual(['tk-1']);
    await workers.close();
    await queues.close();
  });
});

describe('StepWorkers', () => {
  it('leave no connection open', async () => {
    const steps = new HandledSteps();
    const queues = new Queues(redis.url, 'here');
    const workers = startWorkers(steps);
    await queues.ring([RING]);
    await steps.until(1);
    const client = new Redis(redis.url);
    expect(await connectionsOf(client)).toBeGreaterThan(2);

    await workers.close();
    await queues.close();

    await expect.poll(async () => await connectionsOf(client)).toBe(1);
    client.disconnect();
  });

  it('close although Redis went away, once their runs are over', async () => {
    const gate = Promise.withResolvers<void>();
    const ended: string[] = [];
    const steps = new HandledSteps(async (subject) => {
      await gate.promise;
      ended.push(subject);
    });
    const queues = new Queues(redis.url, 'here');
    const workers = startWorkers(steps);
    await queues.ring([RING]);
    await steps.until(1);
    await redis.stop('SIGKILL');

    const closed = workers.close();
    gate.resolve();
    await closed;

    expect(ended).toEqual(['tk-1']);
    await queues.close();
  });

  it('close although Redis was never there', async () => {
    await redis.stop('SIGTERM');
    const workers = startWorkers(new HandledSteps());

    await expect(workers.close()).resolves.toBeUndefined();
  });
});

describe('OutboxPoke', () => {
  it('wakes every listener', async () => {
    const pokes = new EventTarget();
    const listener = new OutboxPokeListener(redis.url, () =>
      pokes.dispatchEvent(new Event('poke')),
    );
    const poke = new OutboxPoke(redis.url);
    const client = new Redis(redis.url);
    await expect.poll(async () => await client.pubsub('NUMSUB', 'taskgate:outbox')).toContain(1);
    await expect
      .poll(
        async () =>
          await poke.ping().then(
            () => 'ok',
            () => 'away',
          ),
      )
      .toBe('ok');

    const poked = once(pokes, 'poke');
    poke.poke();
    await poked;

    for (const { close } of [
      { close: () => client.disconnect() },
      { close: () => poke.close() },
      { close: () => listener.close() },
    ])
      close();
  });

  it('is silent while Redis is away', async () => {
    const poke = new OutboxPoke(redis.url);
    await redis.stop('SIGKILL');

    expect(() => poke.poke()).not.toThrow();
    await expect(poke.ping()).rejects.toThrow(AWAY);

    poke.close();
  });

  it('lets a listener be closed before Redis was ever there', async () => {
    await redis.stop('SIGTERM');
    const listener = new OutboxPokeListener(redis.url, () => undefined);

    expect(() => listener.close()).not.toThrow();
  });
});

/** Clients of the server, the one that asks among them. */
async function connectionsOf(client: Redis): Promise<number> {
  const list = await client.client('LIST');
  return String(list).trim().split('\n').length;
}
