import { Door, OutboundError } from '@app/outbound';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { newCallbackSecret } from './callback-secret.js';
import { DeliverStep } from './deliver.js';
import { newDelivery } from './delivery.js';
import { CallbackSender } from './send-callback.js';
import { InMemoryDeliveryStore } from './testing/in-memory-delivery.store.js';

const START = new Date('2026-11-22T12:00:00.000Z');
const SECRETS = [newCallbackSecret()];

/** Answers with the next of the given statuses; null breaks the connection. */
class ScriptedDoor extends Door {
  sent = 0;

  constructor(private readonly statuses: (number | null)[]) {
    super();
  }

  override async request() {
    this.sent += 1;
    const status = this.statuses.shift() ?? null;
    if (status === null) throw new OutboundError('reset', 'broken', true);
    return { status, headers: {}, body: Readable.from([]) };
  }

  override async close(): Promise<void> {}
}

function setUp(...statuses: (number | null)[]) {
  const clock = { now: START };
  const now = (): Date => clock.now;
  const store = new InMemoryDeliveryStore(now);
  const door = new ScriptedDoor(statuses);
  const source = { secretsOf: async (): Promise<readonly string[]> => SECRETS };
  const sender = new CallbackSender({ door, secrets: source, timeoutMs: 1000, now });
  const options = { schedule: [10, 60], leaseMs: 30_000, now, random: () => 0.5 };
  const step = new DeliverStep(store, sender, options);
  const delivery = newDelivery(
    {
      taskId: 'tk-1',
      tenantId: 'tenant-1',
      event: 'task.success',
      sequence: 1,
      url: 'https://receiver.example/',
      body: '{}',
    },
    START,
  );
  store.add(delivery);
  const row = async () => (await store.findForTask('tk-1'))[0];
  return { clock, store, door, source, step, id: delivery.id, row };
}

const outOfReach = async (): Promise<never> => {
  throw new Error('no database');
};
const later = (seconds: number): Date => new Date(START.getTime() + seconds * 1000);

describe('DeliverStep', () => {
  it('ends with the first 2xx', async () => {
    const { step, id, row } = setUp(200);

    expect(await step.run(id)).toBeNull();
    expect(await row()).toMatchObject({ state: 'delivered', attempts: 1, nextAttemptAt: null });
  });

  it('follows the schedule until it is used up, every attempt recorded', async () => {
    const { clock, store, step, id, row } = setUp(500, null, 500);

    expect(await step.run(id)).toEqual(later(10));
    clock.now = later(10);
    expect(await step.run(id)).toEqual(later(70));
    clock.now = later(70);
    expect(await step.run(id)).toBeNull();

    expect(await row()).toMatchObject({ state: 'dead', attempts: 3 });
    expect(await store.attemptsOf('tk-1')).toMatchObject([
      { number: 1, status: 500 },
      { number: 2, status: null, error: 'connection reset' },
      { number: 3, status: 500 },
    ]);
  });

  it('sends nothing before it is due, nor what is delivered, nor the unknown', async () => {
    const { door, step, id } = setUp(500, 200);
    await step.run(id);

    expect(await step.run(id)).toBeNull();
    expect(await step.run('msg_unknown')).toBeNull();
    expect(door.sent).toBe(1);
  });

  it('sends once when rung twice at the same time', async () => {
    const { door, step, id } = setUp(200, 200);

    await Promise.all([step.run(id), step.run(id)]);

    expect(door.sent).toBe(1);
  });

  it('stops at once when the receiver is gone', async () => {
    const { step, id, row } = setUp(410);

    expect(await step.run(id)).toBeNull();
    expect(await row()).toMatchObject({ state: 'dead', attempts: 1 });
  });

  it('counts no attempt for a fault of our own and is due again after the lease', async () => {
    const { clock, source, step, id, row } = setUp(200);
    source.secretsOf = outOfReach;
    await expect(step.run(id)).rejects.toThrow('no database');
    expect(await row()).toMatchObject({ state: 'pending', attempts: 0, nextAttemptAt: later(30) });

    source.secretsOf = async () => SECRETS;
    clock.now = later(30);
    await step.run(id);

    expect(await row()).toMatchObject({ state: 'delivered', attempts: 1 });
  });
});
