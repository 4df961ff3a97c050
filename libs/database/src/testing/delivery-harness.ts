import type {
  AttemptTrigger,
  Delivery,
  DeliveryAttempt,
  ReceiverHealth,
  ReceiverKey,
} from '@app/callbacks';
import type { DeliveryStoreHarness } from '@app/callbacks/testing';
import { createQueued } from '@app/tasks/testing';
import type { Database } from '../database.js';
import { PostgresDeliveryStore } from '../postgres-delivery.store.js';
import { makeTenant, postgresHarness } from './postgres-harness.js';

/** The delivery store with a tenant of its own, and rows as tasks and workers write them. */
export async function deliveryHarness(database: Database): Promise<DeliveryStoreHarness> {
  const tenantId = await makeTenant(database);
  const harness = postgresHarness(database);
  return {
    store: new PostgresDeliveryStore(database),
    tenantId,
    makeTask: async () => (await createQueued(harness, { tenantId })).id,
    add: async (delivery, leaseUntil) => await addDelivery(database, delivery, leaseUntil),
    addAttempt: async (attempt) => await addAttempt(database, attempt),
    eraseTask: async (taskId) => {
      await database.query('UPDATE tasks SET erased_at = now() WHERE id = $1', [taskId]);
    },
    setHealth: async (key, health) => await setHealth(database, key, health),
    requestedOf: async (deliveryId) => await requestedOf(database, deliveryId),
  };
}

/** `parked`: as is what waits for its receiver's turn. */
async function addDelivery(database: Database, delivery: Delivery, leaseUntil?: Date) {
  const row = { ...delivery, leaseUntil: leaseUntil ?? null };
  await database.query(
    `INSERT INTO deliveries (id, task_id, tenant_id, event, sequence, url, origin, body, state, note, attempts, auto_attempts,
       trigger, next_attempt_at, resume_at, interrupted, created_at, lease_until, parked)
     SELECT d.id, d."taskId", d."tenantId", d.event, d.sequence, d.url, d.origin, d.body, d.state, d.note, d.attempts,
       d."autoAttempts", d.trigger, d."nextAttemptAt", d."resumeAt", d.interrupted, d."createdAt", d."leaseUntil", d.attempts > 0
     FROM jsonb_to_record($1::jsonb) AS d(id text, "taskId" text, "tenantId" text, event text, sequence int, url text, origin text,
       body text, state text, note text, attempts int, "autoAttempts" int, trigger text, "nextAttemptAt" timestamptz,
       "resumeAt" timestamptz, interrupted int, "createdAt" timestamptz, "leaseUntil" timestamptz)`,
    [JSON.stringify(row)],
  );
}

async function addAttempt(database: Database, { phases, ...attempt }: DeliveryAttempt) {
  await database.query(
    `INSERT INTO delivery_attempts (delivery_id, number, trigger, started_at, duration_ms, dns_ms, connect_ms, tls_ms, first_byte_ms,
       remote_address, status, error_class, error, answer_snippet)
     SELECT a."deliveryId", a.number, a.trigger, a."startedAt", a."durationMs", a."dnsMs", a."connectMs", a."tlsMs", a."firstByteMs",
       a."remoteAddress", a.status, a."errorClass", a.error, a."answerSnippet"
     FROM jsonb_to_record($1::jsonb) AS a("deliveryId" text, number int, trigger text, "startedAt" timestamptz, "durationMs" int,
       "dnsMs" int, "connectMs" int, "tlsMs" int, "firstByteMs" int, "remoteAddress" text, status int, "errorClass" text, error text,
       "answerSnippet" text)`,
    [JSON.stringify({ ...attempt, ...phases })],
  );
}

async function setHealth(
  database: Database,
  { tenantId, origin }: ReceiverKey,
  health: ReceiverHealth,
) {
  await database.query(
    `INSERT INTO callback_receivers (tenant_id, origin, health, failing_since)
     VALUES ($1, $2, $3::jsonb, to_timestamp(($3::jsonb->>'failingSince')::float8 / 1000))`,
    [tenantId, origin, JSON.stringify(health)],
  );
}

async function requestedOf(database: Database, deliveryId: string): Promise<AttemptTrigger | null> {
  const [row] = await database.query<{ requested: AttemptTrigger | null }>(
    'SELECT requested FROM deliveries WHERE id = $1',
    [deliveryId],
  );
  return row?.requested ?? null;
}
