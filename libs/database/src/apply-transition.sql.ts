import type { GatheredOutputs, Ring, TaskOutput, Transition } from '@app/tasks';
import { insertTransfers, transferRecord } from './ledger.sql.js';
import { storableJson, storableText } from './storable-text.js';

/**
 * A change of a task with all that commits with it, or nothing: every part hangs on `moved`, which
 * has a row only when the task still has the version that the change was made from.
 */
const moved = (more: string): string => `
WITH moved AS (
  UPDATE tasks SET status = $3, version = $4, progress = greatest(progress, $5), archive_tries = $6, started_at = $7, completed_at = $8,
    next_action_at = $9, error_code = $10, error_message = $11, error_provider_code = $12, error_retryable = $13,
    usage_unit = $14, usage_quantity = $15, cost_nano_usd = $16, sort_at = $25, dispatch_at = $26, account = $27,
    cancel_requested_at = $28, partial = $29::jsonb, usage_estimated = $30, priced_by = $31, lost_calls = $32, accounted = $33
  WHERE id = $1 AND version = $2
  RETURNING id, tenant_id, provider
), new_attempt AS (
  INSERT INTO attempts (id, task_id, number, provider, account, state, lease_owner, lease_until, started_at)
  SELECT a.id, moved.id, a.number, moved.provider, a.account, 'submitting', a."leaseOwner", a."leaseUntil", a."startedAt"
  FROM moved, jsonb_to_recordset($17::jsonb)
    AS a(id text, number int, account text, "leaseOwner" text, "leaseUntil" timestamptz, "startedAt" timestamptz)
), changed_attempt AS (
  UPDATE attempts SET state = a.state, handle = coalesce(a.handle, attempts.handle),
    vendor_id = coalesce(a."vendorId", attempts.vendor_id), submitted_at = coalesce(a."submittedAt", attempts.submitted_at),
    next_check_at = a."nextCheckAt", finished_at = a."finishedAt", error = a.error,
    seek_until = coalesce(a."seekUntil", attempts.seek_until), lease_owner = NULL, lease_until = NULL
  FROM moved, jsonb_to_recordset($18::jsonb) AS a(id text, state text, handle jsonb, "vendorId" text,
    "submittedAt" timestamptz, "nextCheckAt" timestamptz, "finishedAt" timestamptz, "seekUntil" timestamptz, error text)
  WHERE attempts.id = ($18::jsonb -> 0 ->> 'id')
), kept_outputs AS (
  INSERT INTO outputs (id, task_id, index, source_url, source_expires_at, key, type, mime, bytes, sha256, width, height, expire_at)
  SELECT o.id, moved.id, o.index, o."sourceUrl", o."sourceExpiresAt", o.key, o.type, o.mime, o.bytes, o.sha256, o.width, o.height, o."expireAt"
  FROM moved, jsonb_to_recordset($19::jsonb) AS o(id text, index int, "sourceUrl" text, "sourceExpiresAt" timestamptz, key text,
    type text, mime text, bytes bigint, sha256 text, width int, height int, "expireAt" timestamptz)
  ON CONFLICT (task_id, index) DO UPDATE
    SET key = excluded.key, mime = excluded.mime, bytes = excluded.bytes, sha256 = excluded.sha256,
      width = excluded.width, height = excluded.height,
      source_url = excluded.source_url, source_expires_at = excluded.source_expires_at
), event AS (
  INSERT INTO task_events (task_id, version, at, from_status, to_status, cause)
  SELECT id, $4, $20, $21, $3, $22 FROM moved
), told AS (
  INSERT INTO deliveries (id, task_id, tenant_id, event, sequence, url, origin, body, state, next_attempt_at, created_at)
  -- Due at once by the clock of Postgres, which decides what is due, wherever that of this process is.
  SELECT d.id, moved.id, moved.tenant_id, d.event, d.sequence, d.url, d.origin, d.body, d.state, least(d."nextAttemptAt", now()), d."createdAt"
  FROM moved, jsonb_to_recordset($23::jsonb) AS d(id text, event text, sequence int, url text, origin text, body text, state text,
    "nextAttemptAt" timestamptz, "createdAt" timestamptz)
), rings AS (
  INSERT INTO outbox (step, subject, ring, due_at, urgency)
  SELECT r.step, r.subject, r.ring, r."dueAt", r.urgency
  FROM moved, jsonb_to_recordset($24::jsonb) AS r(step text, subject text, ring text, "dueAt" timestamptz, urgency int)
)${more}
SELECT id FROM moved`;

const APPLY_TRANSITION = moved('');

/** `$34`: transfers. The balances that follow are locked last, when all else is written. */
const LEDGER = `, told_ledger AS (${insertTransfers('$34::jsonb', ' WHERE EXISTS (SELECT 1 FROM moved)')}
)`;

/** The same for a change that the ledger is told of. */
const APPLY_END = moved(LEDGER);

/**
 * The same for a task of several calls that ends. `$35`: ids of its parts' outputs, `$36`: the indexes
 * under which they become its own; `$37`: parts whose outputs expire now.
 */
const APPLY_GATHERED = moved(`${LEDGER}, taken AS (
  UPDATE outputs SET task_id = moved.id, index = t.index
  FROM moved, unnest($35::text[], $36::int[]) AS t(id, index)
  WHERE outputs.id = t.id AND outputs.id = ANY($35::text[])
), dropped AS (
  UPDATE outputs SET expire_at = least(expire_at, $20::timestamptz), source_url = NULL, source_expires_at = NULL
  FROM moved WHERE outputs.task_id = ANY($37::text[])
)`);

/** Whoever tells the ledger nothing pays nothing for it. */
export function statementFor(transition: Transition): { text: string; values: unknown[] } {
  const values = transitionValues(transition);
  const { gathered, transfers = [] } = transition;
  if (gathered) {
    const more = [transfersValue(transition), ...gatheredValues(gathered)];
    return { text: APPLY_GATHERED, values: [...values, ...more] };
  }
  if (transfers.length === 0) return { text: APPLY_TRANSITION, values };
  return { text: APPLY_END, values: [...values, transfersValue(transition)] };
}

function transitionValues(transition: Transition): unknown[] {
  const { from, to } = transition;
  return [
    from.id,
    from.version,
    to.status,
    to.version,
    to.progress,
    to.archiveTries,
    to.startedAt,
    to.completedAt,
    transition.nextActionAt,
    to.error?.code ?? null,
    storable(to.error?.message),
    storable(to.error?.providerCode),
    to.error?.retryable ?? null,
    to.usage?.unit ?? null,
    to.usage?.quantity ?? null,
    to.usage?.costNanoUsd ?? null,
    records(transition.newAttempt),
    records(transition.attempt),
    storableJson((transition.outputs ?? []).map(outputRecord)),
    transition.at,
    from.status,
    storable(transition.cause),
    records(transition.delivery),
    JSON.stringify((transition.rings ?? []).map(ringRecord)),
    to.sortAt,
    to.dispatchAt,
    to.account,
    to.cancelRequestedAt,
    to.partial && storableJson(to.partial),
    to.usage?.isEstimated ?? false,
    to.pricedBy,
    to.lostCalls,
    transition.transfers !== undefined,
  ];
}

const transfersValue = ({ transfers = [] }: Transition): string =>
  storableJson(transfers.map(transferRecord));

const gatheredValues = ({ taken, droppedOf }: GatheredOutputs): unknown[] => [
  taken.map(({ id }) => id),
  taken.map(({ index }) => index),
  droppedOf,
];

const records = (one: object | undefined): string => storableJson(one ? [one] : []);

const storable = (text: string | null | undefined): string | null =>
  typeof text === 'string' ? storableText(text) : null;

function outputRecord({ source, stored, ...output }: TaskOutput): object {
  return { ...output, ...stored, sourceUrl: source?.url, sourceExpiresAt: source?.expiresAt };
}

const MINUTE_MS = 60_000;

/** A link's death in minutes since 1970: what the outbox keeps of it. */
function ringRecord({ expiresAt, ...ring }: Ring): object {
  return { ...ring, urgency: expiresAt ? Math.floor(expiresAt.getTime() / MINUTE_MS) : null };
}
