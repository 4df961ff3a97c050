import { randomUUID } from 'node:crypto';
import {
  afterRequest,
  type Delivery,
  type DeliveryAttempt,
  NEW_RECEIVER,
  type QueuedDelivery,
} from '@app/callbacks';
import type { DeliveryQueueHarness, QueuedReceiver } from '@app/callbacks/testing';
import { makeTask } from '@app/tasks/testing';
import type { Database } from '../database.js';
import { PostgresDeliveryQueue } from '../postgres-delivery.queue.js';
import { PostgresTaskStore } from '../postgres-task.store.js';
import { makeTenant } from './postgres-harness.js';

/** A queue over empty tables. */
export async function deliveryQueueHarness(database: Database): Promise<DeliveryQueueHarness> {
  await database.query('DELETE FROM deliveries', []);
  await database.query('DELETE FROM callback_receivers', []);
  const tenantId = await makeTenant(database);
  const tasks = new PostgresTaskStore(database);
  return {
    tenantId,
    queue: new PostgresDeliveryQueue(database),
    other: new PostgresDeliveryQueue(database),
    makeTask: async () => {
      const task = makeTask({ id: `tk-${randomUUID()}`, tenantId });
      await tasks.create({ task, idempotency: null, maxQueued: null });
      return task.id;
    },
    add: async (delivery) => await addDelivery(database, delivery),
    request: async (id, trigger) => {
      const row = await rowOf(database, id);
      const moved = row && afterRequest(row, trigger, await database.now());
      await database.query(
        `UPDATE deliveries SET trigger = $2, requested = $3, next_attempt_at = $4, resume_at = $5, parked = $6 WHERE id = $1`,
        [
          id,
          moved?.trigger,
          moved?.requested,
          moved?.nextAttemptAt,
          moved?.resumeAt,
          moved?.parked,
        ],
      );
    },
    find: async (id) => {
      const row = await rowOf(database, id);
      if (!row) return null;
      const { parked: _, leaseUntil: __, requested: ___, ...delivery } = row;
      return delivery;
    },
    attemptsOf: async (id) => await attemptsOf(database, id),
    findReceiver: async ({ tenantId: tenant, origin }) => {
      const [row] = await database.query<QueuedReceiver & Record<string, unknown>>(
        `SELECT tenant_id AS "tenantId", origin, health, look_at AS "lookAt", crowded FROM callback_receivers
         WHERE tenant_id = $1 AND origin = $2`,
        [tenant, origin],
      );
      return row ? { ...row, health: { ...NEW_RECEIVER, ...row.health } } : null;
    },
  };
}

export async function addDelivery(database: Database, delivery: Delivery): Promise<void> {
  await database.query(
    `INSERT INTO deliveries (id, task_id, tenant_id, event, sequence, url, origin, body, state, note, attempts, auto_attempts,
       trigger, next_attempt_at, resume_at, interrupted, created_at)
     SELECT d.id, d."taskId", d."tenantId", d.event, d.sequence, d.url, d.origin, d.body, d.state, d.note, d.attempts,
       d."autoAttempts", d.trigger, d."nextAttemptAt", d."resumeAt", d.interrupted, d."createdAt"
     FROM jsonb_to_record($1::jsonb) AS d(id text, "taskId" text, "tenantId" text, event text, sequence int, url text,
       origin text, body text, state text, note text, attempts int, "autoAttempts" int, trigger text,
       "nextAttemptAt" timestamptz, "resumeAt" timestamptz, interrupted int, "createdAt" timestamptz)`,
    [JSON.stringify(delivery)],
  );
}

type Row = Delivery & QueuedDelivery;

async function rowOf(database: Database, id: string): Promise<Row | null> {
  const [row] = await database.query<Row & Record<string, unknown>>(
    `SELECT id, task_id AS "taskId", tenant_id AS "tenantId", event, sequence, url, origin, body, state, note, attempts,
       auto_attempts AS "autoAttempts", trigger, next_attempt_at AS "nextAttemptAt", resume_at AS "resumeAt", interrupted,
       created_at AS "createdAt", parked, lease_until AS "leaseUntil", requested FROM deliveries WHERE id = $1`,
    [id],
  );
  return row ?? null;
}

async function attemptsOf(database: Database, id: string): Promise<readonly DeliveryAttempt[]> {
  const rows = await database.read(
    async (prisma) =>
      await prisma.deliveryAttempt.findMany({
        where: { deliveryId: id },
        orderBy: { number: 'asc' },
      }),
  );
  return rows.map(({ dnsMs, connectMs, tlsMs, firstByteMs, ...row }) => ({
    ...row,
    phases: { dnsMs, connectMs, tlsMs, firstByteMs },
    // Only this lib writes these columns, from values of these very types.
    trigger: row.trigger as DeliveryAttempt['trigger'],
    errorClass: row.errorClass as DeliveryAttempt['errorClass'],
  }));
}
