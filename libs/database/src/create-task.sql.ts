import type { NewTask } from '@app/tasks';

/**
 * A new task with all that commits with it. `$19` is null without an idempotency key; a key that is
 * taken and not expired leaves no row in `taken_key`, and then nothing at all is written. A
 * concurrent request with the same key waits here, on the unique index, for the first to commit. Whether
 * a key has expired is judged by the clock of the look-up too: by two clocks a key could be neither
 * taken nor free.
 */
export const CREATE_TASK = `
WITH taken_key AS (
  INSERT INTO idempotency_keys (tenant_id, key, fingerprint, task_id, expires_at)
  SELECT $2::text, $19::text, $20::bytea, $1::text, $21::timestamptz WHERE $19::text IS NOT NULL
  ON CONFLICT (tenant_id, key) DO UPDATE
    SET fingerprint = excluded.fingerprint, task_id = excluded.task_id, expires_at = excluded.expires_at
    WHERE idempotency_keys.expires_at <= now()
  RETURNING task_id
), new_task AS (
  INSERT INTO tasks (id, tenant_id, model, kind, provider, status, version, input, request, metadata, priority,
    callback_url, callback_when, on_unknown, storage, created_at, deadline_at, next_action_at)
  SELECT $1::text, $2::text, $3::text, $4::text, $5::text, $6::text, $7::int, $8::jsonb, $9::jsonb, $10::jsonb, $11::text,
    $12::text, $13::text, $14::text, $15::text, $16::timestamptz, $17::timestamptz, $16::timestamptz
  WHERE $19::text IS NULL OR EXISTS (SELECT 1 FROM taken_key)
  RETURNING id
), event AS (
  INSERT INTO task_events (task_id, version, at, from_status, to_status, cause)
  SELECT id, $7::int, $16::timestamptz, '', $6::text, 'created' FROM new_task
), rings AS (
  INSERT INTO outbox (step, subject, ring, due_at)
  SELECT r.step, r.subject, r.ring, r."dueAt"
  FROM new_task, jsonb_to_recordset($18::jsonb) AS r(step text, subject text, ring text, "dueAt" timestamptz)
)
SELECT id FROM new_task`;

export function createTaskValues({ task, idempotency, rings }: NewTask): unknown[] {
  return [
    task.id,
    task.tenantId,
    task.model,
    task.kind,
    task.provider,
    task.status,
    task.version,
    JSON.stringify(task.input),
    JSON.stringify(task.request),
    JSON.stringify(task.metadata),
    task.priority,
    task.callback?.url ?? null,
    task.callback?.when ?? 'final',
    task.onUnknown,
    task.storage,
    task.createdAt,
    task.deadlineAt,
    JSON.stringify(rings),
    idempotency?.key ?? null,
    idempotency?.fingerprint ?? null,
    idempotency?.expiresAt ?? null,
  ];
}
