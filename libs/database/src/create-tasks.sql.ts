import { firstActionAt, holdOf, type NewTask, type Task } from '@app/tasks';
import type { Transfer } from '@app/tenants';
import { insertTransfers, transferRecord } from './ledger.sql.js';

/**
 * Held until the commit by whoever writes tasks of tenants with a maximum, so that two processes never
 * count the same room twice. Taken in the order of the lock's number: no two can wait for each other.
 */
export const LOCK_QUEUES = `
SELECT pg_advisory_xact_lock(number) FROM (
  SELECT DISTINCT hashtextextended('queue:' || tenant, 0) AS number FROM unnest($1::text[]) AS tenant ORDER BY number
) AS numbers`;

/**
 * A group of new tasks with all that commits with them. `$1`: JSON records, no two of them with the same
 * key. A key that is taken and not expired leaves no row in `taken_key`, and then nothing of its task
 * is written. A concurrent request with the same key waits here, on the unique index, for the first to
 * commit; everybody takes keys in the same order, so no two groups wait for each other. Whether a key
 * has expired is judged by the clock of the look-up too: by two clocks a key could be neither taken
 * nor free.
 */
const created = (more: string): string => `
WITH wanted AS (
  SELECT * FROM jsonb_to_recordset($1::jsonb) AS w(place int, id text, "tenantId" text, model text, kind text, provider text,
    status text, version int, input jsonb, request jsonb, media jsonb, metadata jsonb, priority text, "callbackUrl" text,
    "callbackWhen" text, "onUnknown" text, storage text, "createdAt" timestamptz, "deadlineAt" timestamptz, "sortAt" timestamptz,
    "nextActionAt" timestamptz, "dispatchAt" timestamptz, "retryOf" text, parts int,
    "keyId" text, "holdNanoUsd" bigint, "priceVersion" text, "maxQueued" int, key text, fingerprint text,
    "keyExpiresAt" timestamptz)
), fresh AS (
  SELECT w.*, row_number() OVER (PARTITION BY "tenantId", "maxQueued" IS NULL ORDER BY place) AS rank
  FROM wanted w LEFT JOIN LATERAL (
    SELECT true AS taken FROM idempotency_keys k
    WHERE w."maxQueued" IS NOT NULL AND k.tenant_id = w."tenantId" AND k.key = w.key AND k.expires_at > now() LIMIT 1) AS live ON true
  WHERE live.taken IS NULL
), room AS MATERIALIZED (
  SELECT m."tenantId", m.max - (SELECT count(*) FROM (
    SELECT 1 FROM tasks t WHERE t.tenant_id = m."tenantId" AND t.next_action_at IS NOT NULL AND t.parent_id IS NULL LIMIT m.max) AS unfinished) AS places
  FROM (SELECT "tenantId", min("maxQueued") AS max FROM wanted WHERE "maxQueued" IS NOT NULL GROUP BY "tenantId") AS m
), fitting AS (
  SELECT f.* FROM fresh f LEFT JOIN room USING ("tenantId") WHERE f."maxQueued" IS NULL OR f.rank <= room.places
), taken_key AS (
  INSERT INTO idempotency_keys (tenant_id, key, fingerprint, task_id, expires_at)
  SELECT "tenantId", key, decode(fingerprint, 'hex'), id, "keyExpiresAt" FROM fitting WHERE key IS NOT NULL
  ORDER BY "tenantId" COLLATE "C", key COLLATE "C"
  ON CONFLICT (tenant_id, key) DO UPDATE
    SET fingerprint = excluded.fingerprint, task_id = excluded.task_id, expires_at = excluded.expires_at
    WHERE idempotency_keys.expires_at <= now()
  RETURNING task_id
), new_task AS (
  INSERT INTO tasks (id, tenant_id, model, kind, provider, status, version, input, request, media, metadata, priority,
    callback_url, callback_when, on_unknown, storage, created_at, deadline_at, next_action_at, sort_at, dispatch_at, retry_of, parts,
    key_id, hold_nano_usd, price_version)
  SELECT id, "tenantId", model, kind, provider, status, version, input, request, media, metadata, priority,
    "callbackUrl", "callbackWhen", "onUnknown", storage, "createdAt", "deadlineAt", "nextActionAt", "sortAt", "dispatchAt", "retryOf", parts,
    "keyId", "holdNanoUsd", "priceVersion"
  FROM fitting WHERE key IS NULL OR id IN (SELECT task_id FROM taken_key)
  RETURNING id, version, created_at, status
), event AS (
  INSERT INTO task_events (task_id, version, at, from_status, to_status, cause)
  SELECT id, version, created_at, '', status, 'created' FROM new_task
)${more}
SELECT id, 'created' AS outcome FROM new_task
UNION ALL
SELECT id, 'queue-full' FROM fresh WHERE id NOT IN (SELECT id FROM fitting)`;

/** Of a group of which something is held: `at`, the transfers. The balances that follow are locked last. */
const held = (
  at: string,
): string => `, held AS (${insertTransfers(`${at}::jsonb`, ' JOIN new_task ON new_task.id = l.subject')}
)`;

/**
 * Of a group with tasks of several calls: `$2`, the parts, each as its parent but for what is said of it.
 * They are made with their parent or not at all, count for no maximum, and are shown to nobody.
 */
const WITH_PARTS = `, new_part AS (
  INSERT INTO tasks (id, tenant_id, model, kind, provider, status, version, input, request, media, metadata, priority, callback_when,
    on_unknown, storage, created_at, deadline_at, next_action_at, sort_at, dispatch_at, parent_id, part, part_results, erased_at)
  SELECT p.id, f."tenantId", f.model, f.kind, f.provider, f.status, f.version, p.input, p.request, p.media, '{}', f.priority, 'final',
    f."onUnknown", f.storage, f."createdAt", f."deadlineAt", f."deadlineAt", f."sortAt", p."dispatchAt", f.id, p.part, p.results, f."createdAt"
  FROM jsonb_to_recordset($2::jsonb) AS p(id text, "parentId" text, part int, results int, input jsonb, request jsonb, media jsonb,
    "dispatchAt" timestamptz)
  JOIN fitting f ON f.id = p."parentId" JOIN new_task ON new_task.id = f.id
  RETURNING id, version, created_at, status
), part_event AS (
  INSERT INTO task_events (task_id, version, at, from_status, to_status, cause)
  SELECT id, version, created_at, '', status, 'created' FROM new_part
)`;

const CREATE_TASKS = created('');
const CREATE_TASKS_AND_HOLD = created(held('$2'));
const CREATE_TASKS_WITH_PARTS = created(WITH_PARTS);
const CREATE_TASKS_WITH_PARTS_AND_HOLD = created(`${WITH_PARTS}${held('$3')}`);

/** `$1`: tenants, `$2`: keys, one of each to a pair. */
export const FIND_KEYS = `
SELECT k.tenant_id, k.key, k.fingerprint, k.task_id
FROM unnest($1::text[], $2::text[]) AS wanted(tenant_id, key)
JOIN idempotency_keys k ON k.tenant_id = wanted.tenant_id AND k.key = wanted.key
WHERE k.expires_at > now()`;

/** Whoever has one call pays nothing for those who have several, and who holds nothing nothing for those who do. */
export function statementFor(bundles: readonly NewTask[]): { text: string; values: unknown[] } {
  const tasks = JSON.stringify(bundles.map(record));
  const parts = bundles.flatMap((bundle) => bundle.parts ?? []).map(partRecord);
  const holds = bundles.flatMap((bundle) => holdIn(bundle) ?? []).map(transferRecord);
  if (parts.length === 0 && holds.length === 0) return { text: CREATE_TASKS, values: [tasks] };
  if (parts.length === 0)
    return { text: CREATE_TASKS_AND_HOLD, values: [tasks, JSON.stringify(holds)] };
  const values = [tasks, JSON.stringify(parts)];
  if (holds.length === 0) return { text: CREATE_TASKS_WITH_PARTS, values };
  return { text: CREATE_TASKS_WITH_PARTS_AND_HOLD, values: [...values, JSON.stringify(holds)] };
}

const holdIn = ({ task, hold }: NewTask): Transfer | null => hold ?? holdOf(task);

function partRecord({ id, part, input, request, media, dispatchAt }: Task): object {
  const { parentId, index, results } = part ?? {};
  return { id, parentId, part: index, results, input, request, media, dispatchAt };
}

function record(bundle: NewTask, place: number): object {
  const { task, idempotency, maxQueued } = bundle;
  const { callback, ...fields } = task;
  const hold = holdIn(bundle);
  return {
    ...fields,
    place,
    nextActionAt: firstActionAt(task),
    callbackUrl: callback?.url ?? null,
    callbackWhen: callback?.when ?? 'final',
    maxQueued,
    holdNanoUsd: hold?.amountNanoUsd ?? null,
    priceVersion: hold?.priceVersion ?? null,
    key: idempotency?.key ?? null,
    fingerprint: idempotency?.fingerprint.toString('hex') ?? null,
    keyExpiresAt: idempotency?.expiresAt ?? null,
  };
}
