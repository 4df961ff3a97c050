import {
  type ClaimedDelivery,
  type Delivery,
  type DeliveryAttempt,
  type FinishedAttempt,
  newDelivery,
  type SendLimits,
} from '@app/callbacks';
import { InMemoryDeliveryQueue } from '@app/callbacks/testing';
import { createLogger, createMetrics } from '@app/observability';
import { describe, expect, it } from 'vitest';
import { DeliveryDuty, type DeliveryDutyParts } from './delivery.duty.js';

const START = new Date('2026-11-23T12:00:00.000Z');

/** Attempts that last until the test ends them. */
class HeldAttempts {
  readonly begun: ClaimedDelivery[] = [];
  readonly limits: SendLimits[] = [];
  private readonly gates = new Map<string, PromiseWithResolvers<FinishedAttempt>>();

  async deliver(claimed: ClaimedDelivery, limits: SendLimits = {}): Promise<FinishedAttempt> {
    this.begun.push(claimed);
    this.limits.push(limits);
    const gate = Promise.withResolvers<FinishedAttempt>();
    this.gates.set(claimed.id, gate);
    return await gate.promise;
  }

  get ids(): readonly string[] {
    return this.begun.map(({ id }) => id);
  }

  /** The receiver answers. */
  end(claimed: ClaimedDelivery | undefined, fields: Partial<DeliveryAttempt> = {}): void {
    if (!claimed) throw new Error('nothing was begun');
    const isDelivered = (fields.errorClass ?? null) === null;
    this.gates.get(claimed.id)?.resolve({
      claimed,
      attempt: { ...attemptOf(claimed), ...fields },
      next: { state: isDelivered ? 'delivered' : 'dead', nextAttemptAt: null },
    });
  }

  endAll(): void {
    for (const claimed of this.begun) this.end(claimed);
  }

  break(claimed: ClaimedDelivery | undefined): void {
    this.gates.get(claimed?.id ?? '')?.reject(new Error('no secrets'));
  }
}

const attemptOf = ({ id, attempts, trigger, createdAt }: ClaimedDelivery): DeliveryAttempt => ({
  deliveryId: id,
  number: attempts + 1,
  trigger,
  startedAt: new Date(createdAt.getTime() + 40),
  durationMs: 12,
  phases: { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: null },
  remoteAddress: null,
  status: 200,
  errorClass: null,
  error: null,
  answerSnippet: '',
});

function bench(parts: Partial<DeliveryDutyParts> = {}) {
  const clock = { ms: START.getTime() };
  const queue = new InMemoryDeliveryQueue(() => new Date(clock.ms));
  const held = new HeldAttempts();
  const told = { room: 0 };
  const shutdown = new AbortController();
  const metrics = createMetrics();
  const duty = new DeliveryDuty({
    queue,
    deliverer: held,
    limits: { atOnce: 4, perSecond: 100, disableAfterHours: null },
    concurrency: 100,
    timeoutMs: 10_000,
    shutdown: shutdown.signal,
    onRoom: () => (told.room += 1),
    logger: createLogger({ name: 'test', level: 'silent' }),
    metrics,
    nowMs: () => clock.ms,
    ...parts,
  });
  let made = 0;
  const add = (fields: Partial<Delivery> & { readonly host?: string } = {}): Delivery => {
    const { host = 'receiver.example', ...rest } = fields;
    const fresh = {
      taskId: `tk-${(made += 1)}`,
      tenantId: rest.tenantId ?? 'tenant-1',
      event: 'task.success' as const,
      sequence: 3,
      url: `https://${host}/hook`,
      body: '{}',
    };
    const delivery = { ...newDelivery(fresh, new Date(clock.ms)), ...rest };
    queue.add(delivery);
    return delivery;
  };
  return { duty, queue, held, told, clock, metrics, shutdown, add };
}

async function valueOf(metric: { get(): Promise<{ values: readonly { value: number }[] }> }) {
  return (await metric.get()).values.map(({ value }) => value);
}

/** Everything that is ready has run. */
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
};

describe('DeliveryDuty', () => {
  it('begins what is due, does not wait for it, and writes down what came of it', async () => {
    const { duty, queue, held, add } = bench();
    const { id } = add();

    expect(await duty.runOnce()).toBe(false);
    expect(held.ids).toEqual([id]);
    expect(queue.find(id)).toMatchObject({ state: 'pending', attempts: 0 });
    held.endAll();
    await duty.drain();

    expect(queue.find(id)).toMatchObject({ state: 'delivered', attempts: 1 });
    expect(queue.attemptsOf(id)).toMatchObject([{ number: 1, status: 200 }]);
  });

  it('makes no attempt twice while one is under way', async () => {
    const { duty, held, add } = bench();
    add();

    await duty.runOnce();
    await duty.runOnce();

    expect(held.begun).toHaveLength(1);
  });

  it('goes on at once where a receiver had more than it may be sent at once', async () => {
    const { duty, held, told, add } = bench();
    for (let index = 0; index < 6; index += 1) add();
    await duty.runOnce();
    expect(held.begun).toHaveLength(4);

    held.end(held.begun[0]);
    await settled();
    expect(told.room).toBe(1);
    await duty.runOnce();

    expect(held.begun).toHaveLength(5);
  });

  it('takes no more than it has room for, and says when it has room again', async () => {
    const { duty, held, told, add } = bench({ concurrency: 3 });
    for (const tenantId of ['a', 'b', 'c', 'd']) add({ tenantId, host: `${tenantId}.example` });

    expect(await duty.runOnce()).toBe(false);
    expect(held.begun).toHaveLength(3);
    held.end(held.begun[1]);
    await settled();

    expect(told.room).toBe(1);
    await duty.runOnce();
    expect(held.begun).toHaveLength(4);
  });

  it('lets one tenant have half of the room', async () => {
    const { duty, held, add } = bench({ concurrency: 4 });
    for (const host of ['1.example', '2.example', '3.example']) add({ host });
    add({ tenantId: 'tenant-2' });

    await duty.runOnce();

    expect(held.begun.map(({ tenantId }) => tenantId).toSorted()).toEqual([
      'tenant-1',
      'tenant-1',
      'tenant-2',
    ]);
  });

  it('teaches the receiver’s health by what came of it', async () => {
    const { duty, queue, held, add } = bench();
    const { tenantId, origin } = add();
    await duty.runOnce();
    held.end(held.begun[0], { status: null, errorClass: 'timeout' });
    await duty.drain();

    const health = queue.findReceiver({ tenantId, origin })?.health;
    expect(health).toMatchObject({ atOnce: 2, failures: 1, breaker: { failures: 1 } });
  });

  it('records nothing for a fault of our own, and another attempt is made after the lease', async () => {
    const { duty, queue, held, clock, metrics, add } = bench();
    const { id } = add();
    await duty.runOnce();
    held.break(held.begun[0]);
    await duty.drain();
    expect(queue.find(id)).toMatchObject({ state: 'pending', attempts: 0 });

    clock.ms += 20_000;
    await duty.runOnce();

    expect(held.ids).toEqual([id, id]);
    expect(await valueOf(metrics.callbacksInterrupted)).toEqual([1]);
  });

  it('gives an attempt its signal, and no longer than its lease allows', async () => {
    const { duty, held, shutdown, add } = bench();
    add();

    await duty.runOnce();

    expect(held.limits).toEqual([{ withinMs: 15_000, signal: shutdown.signal }]);
  });

  it('begins nothing whose lease is as good as over', async () => {
    const { duty, held, clock, queue, add } = bench();
    const { id } = add();
    const claim = queue.claim.bind(queue);
    // The worker stands still while it waits for the answer of its claim.
    queue.claim = async (...asked) => {
      const answer = await claim(...asked);
      clock.ms += 14_500;
      return answer;
    };

    await duty.runOnce();
    await duty.drain();

    expect(held.begun).toEqual([]);
    expect(queue.find(id)).toMatchObject({ state: 'pending', attempts: 0 });
  });

  it('keeps an attempt until Postgres takes it', async () => {
    const { duty, queue, held, add } = bench();
    const { id } = add();
    await duty.runOnce();
    const record = queue.record.bind(queue);
    let failures = 1;
    queue.record = async (...asked) => {
      failures -= 1;
      if (failures >= 0) throw new Error('Postgres is away');
      return await record(...asked);
    };

    held.endAll();
    await duty.drain();

    expect(queue.find(id)).toMatchObject({ state: 'delivered' });
  });

  it('asks Postgres less often while it is away', async () => {
    const { duty, queue, clock, add } = bench();
    add();
    let asked = 0;
    queue.claim = async () => {
      asked += 1;
      throw new Error('Postgres is away');
    };
    const turn = async (): Promise<boolean> => await duty.runOnce().catch(() => false);

    for (let quarter = 0; quarter < 80; quarter += 1) {
      await turn();
      clock.ms += 250;
    }

    // 20 s, with rests that double up to 5 s.
    expect(asked).toBeGreaterThan(4);
    expect(asked).toBeLessThan(12);
  });

  it('tells how late first attempts are, what came of attempts, and how many are under way', async () => {
    const { duty, held, metrics, add } = bench();
    add();
    add({ event: 'task.handling' });
    await duty.runOnce();
    expect(await valueOf(metrics.callbacksInFlight)).toEqual([2]);

    held.end(held.begun[0]);
    held.end(held.begun[1], { status: 500, errorClass: 'server-error' });
    await duty.drain();

    const lag = (await metrics.callbackLag.get()).values;
    expect(lag.find(({ metricName }) => metricName?.endsWith('_count'))).toMatchObject({
      value: 1,
    });
    expect(lag.find(({ metricName }) => metricName?.endsWith('_sum'))).toMatchObject({
      value: 0.04,
    });
    expect((await metrics.callbackAttempts.get()).values).toMatchObject([
      { labels: { outcome: 'delivered' }, value: 1 },
      { labels: { outcome: 'server-error' }, value: 1 },
    ]);
    expect(await valueOf(metrics.callbacksInFlight)).toEqual([0]);
    expect(await valueOf(metrics.callbacksDead)).toEqual([1]);
  });

  it('counts what is not sent because something newer is to be told', async () => {
    const { duty, held, metrics, clock, add } = bench();
    const early = add({ taskId: 'tk-same', event: 'task.handling', sequence: 1 });
    add({ taskId: 'tk-same', sequence: 2 });
    clock.ms += 1_500;

    await duty.runOnce();

    expect(held.ids).not.toContain(early.id);
    expect((await metrics.callbacksUnsent.get()).values).toMatchObject([
      { labels: { state: 'skipped' }, value: 1 },
    ]);
  });
});
