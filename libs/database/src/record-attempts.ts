import {
  afterRecord,
  type DeliveryAttempt,
  type FinishedAttempt,
  readHealth,
  type Outcome,
  type QueuedDelivery,
  type ReceiverHealth,
  type ReceiverKey,
} from '@app/callbacks';
import type { PoolClient } from 'pg';
import { earliest, keyOf, type MovedReceiver, receiverColumns } from './claim-deliveries.js';
import {
  LOCK_DELIVERIES,
  LOCK_RECORDED,
  LOCK_RECORDED_FREE,
  RECORD,
} from './delivery-queue.sql.js';
import { storableJson } from './storable-text.js';

type Learn = (health: ReceiverHealth, outcomes: readonly Outcome[], now: Date) => ReceiverHealth;

interface ReceiverRow extends ReceiverKey {
  readonly health: Partial<ReceiverHealth>;
  readonly crowded: boolean;
  readonly lookAt: Date | null;
  readonly now: Date;
}

interface DeliveryRow extends QueuedDelivery {
  readonly id: string;
}

/** An attempt that counts, and its delivery after it. */
interface Recorded {
  readonly finished: FinishedAttempt;
  readonly row: DeliveryRow;
}

/** For so long a record waits for a receiver that another worker holds, and others wait with it. */
const PATIENCE_MS = 500;

/**
 * Writes the attempts that their claims still entitle to; see `DeliveryQueue.record`. Of receivers that
 * another worker holds it waits for `all`, or leaves them out (`free`) and returns their attempts.
 */
export async function recordAttempts(
  client: PoolClient,
  group: readonly FinishedAttempt[],
  learn: Learn,
  which: 'all' | 'free' = 'all',
): Promise<readonly FinishedAttempt[]> {
  const receivers = await lockReceivers(client, group, which);
  await write(client, group, { learn, receivers });
  if (which === 'all') return [];
  return group.filter(({ claimed }) => !receivers.has(keyOf(claimed)));
}

async function write(
  client: PoolClient,
  group: readonly FinishedAttempt[],
  {
    learn,
    receivers,
  }: { readonly learn: Learn; readonly receivers: ReadonlyMap<string, ReceiverRow> },
): Promise<void> {
  const rows = await lockDeliveries(client, group);
  const recorded = receivers.size > 0 ? countAll(group, rows, receivers) : [];
  if (recorded.length === 0) return;
  const byReceiver = Map.groupBy(recorded, ({ finished }) => keyOf(finished.claimed));
  const learnt = [...byReceiver].flatMap(([key, ofOne]) => {
    const receiver = receivers.get(key);
    return receiver ? [toLearnt(receiver, ofOne, learn)] : [];
  });
  await client.query(RECORD, [
    JSON.stringify(recorded.map(({ row }) => row)),
    storableJson(recorded.map(({ finished }) => toAttemptRow(finished.attempt))),
    recorded.map(({ row }) => row.id),
    ...receiverColumns(learnt),
  ]);
}

async function lockReceivers(
  client: PoolClient,
  group: readonly FinishedAttempt[],
  which: 'all' | 'free',
): Promise<ReadonlyMap<string, ReceiverRow>> {
  const keys = [...new Map(group.map(({ claimed }) => [keyOf(claimed), claimed])).values()];
  const columns = [keys.map(({ tenantId }) => tenantId), keys.map(({ origin }) => origin)];
  const { rows } =
    which === 'all'
      ? await client.query<ReceiverRow>(LOCK_RECORDED, [...columns, PATIENCE_MS])
      : await client.query<ReceiverRow>(LOCK_RECORDED_FREE, columns);
  return new Map(rows.map((row) => [keyOf(row), row]));
}

async function lockDeliveries(
  client: PoolClient,
  group: readonly FinishedAttempt[],
): Promise<Map<string, DeliveryRow>> {
  const ids = group.map(({ claimed }) => claimed.id);
  const { rows } = await client.query<DeliveryRow>(LOCK_DELIVERIES, [ids]);
  return new Map(rows.map((row) => [row.id, row]));
}

/** Each delivery at most once: an attempt that is brought twice finds its lease gone. */
function countAll(
  group: readonly FinishedAttempt[],
  rows: Map<string, DeliveryRow>,
  receivers: ReadonlyMap<string, ReceiverRow>,
): readonly Recorded[] {
  return group.flatMap((finished) => {
    const { claimed, attempt, next } = finished;
    const row = rows.get(claimed.id);
    const receiver = receivers.get(keyOf(claimed));
    if (!row || !receiver || !isOf(row, finished)) return [];
    const moved = afterRecord(row, attempt, { next, now: receiver.now });
    rows.set(row.id, moved);
    return [{ finished, row: moved }];
  });
}

const isOf = (row: DeliveryRow, { claimed, attempt }: FinishedAttempt): boolean =>
  row.leaseUntil?.getTime() === claimed.leaseUntil.getTime() && row.attempts === attempt.number - 1;

function toLearnt(
  receiver: ReceiverRow,
  recorded: readonly Recorded[],
  learn: Learn,
): MovedReceiver {
  const { tenantId, origin, crowded, now } = receiver;
  const outcomes = recorded.map(({ finished: { attempt, retryAfterSeconds } }) => ({
    errorClass: attempt.errorClass,
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  }));
  const health = learn(readHealth(receiver.health), outcomes, now);
  const due = recorded.map(({ row }) => row.nextAttemptAt);
  return {
    tenantId,
    origin,
    health,
    lookAt: crowded ? now : earliest([receiver.lookAt, ...due]),
  };
}

/** Columns hold whole milliseconds. */
function toAttemptRow({ phases, ...attempt }: DeliveryAttempt) {
  const { dnsMs, connectMs, tlsMs, firstByteMs } = phases;
  return {
    ...attempt,
    durationMs: whole(attempt.durationMs),
    dnsMs: whole(dnsMs),
    connectMs: whole(connectMs),
    tlsMs: whole(tlsMs),
    firstByteMs: whole(firstByteMs),
  };
}

const whole = (ms: number | null): number | null => (ms === null ? null : Math.round(ms));
