import {
  type ClaimedDelivery,
  type DueDelivery,
  NEW_RECEIVER,
  readHealth,
  type ReceiverDecision,
  type ReceiverHealth,
  type ReceiverKey,
  type ReceiverView,
  shownDue,
} from '@app/callbacks';
import type { PoolClient } from 'pg';
import { CARRY_OUT, LOCK_RECEIVERS, LOOK_SOON, VIEW_RECEIVERS } from './delivery-queue.sql.js';
import { storableJson } from './storable-text.js';

/** Fresh deliveries that one turn takes in. More of one receiver than this delay the others by a turn each. */
const FRESH = 1_000;

/** A due delivery as Postgres tells it in JSON. */
interface ShownRow extends Omit<DueDelivery, 'createdAt'> {
  readonly createdAt: string;
  readonly nextAttemptAt: string;
}

interface HeldReceiver extends ReceiverKey {
  readonly health: ReceiverHealth;
  readonly fresh: readonly ShownRow[];
}

interface LockRow extends Omit<HeldReceiver, 'tenantId' | 'health'> {
  /** Null on the one row that says that nothing is held. */
  readonly tenantId: string | null;
  readonly health: Partial<ReceiverHealth>;
  readonly wanted: number;
  readonly freshRows: number;
}

interface ViewRow extends ReceiverKey {
  readonly inFlight: number;
  readonly leaseEnd: Date | null;
  readonly nextDueAt: Date | null;
  readonly now: Date;
  readonly firsts: readonly ShownRow[];
  readonly again: readonly ShownRow[];
}

/** What is shown, and what only the writing needs. */
export interface LockedView {
  readonly now: Date;
  readonly receivers: readonly ReceiverView[];
  /** By receiver: its fresh deliveries, and when the first lease of an attempt under way ends. */
  readonly behind: ReadonlyMap<
    string,
    { readonly fresh: readonly string[]; leaseEnd: Date | null }
  >;
}

export async function lockReceivers(
  client: PoolClient,
  limit: number,
): Promise<{ held: readonly HeldReceiver[]; wanted: number; mayBeMore: boolean }> {
  const { rows } = await client.query<LockRow>(LOCK_RECEIVERS, [FRESH, limit]);
  const { wanted, freshRows } = rows[0] ?? { wanted: 0, freshRows: 0 };
  const held = rows.flatMap(({ tenantId, origin, health, fresh }) =>
    tenantId === null ? [] : [{ tenantId, origin, health: readHealth(health), fresh }],
  );
  return { held, wanted, mayBeMore: held.length > 0 && (wanted >= limit || freshRows >= FRESH) };
}

export async function viewReceivers(
  client: PoolClient,
  held: readonly HeldReceiver[],
  perReceiver: number,
): Promise<LockedView> {
  const { rows } = await client.query<ViewRow>(VIEW_RECEIVERS, [
    held.map(({ tenantId }) => tenantId),
    held.map(({ origin }) => origin),
    perReceiver + 1,
  ]);
  const byKey = new Map(held.map((one) => [keyOf(one), one]));
  const freshOf = (row: ViewRow) => byKey.get(keyOf(row))?.fresh ?? [];
  return {
    now: rows[0]?.now ?? new Date(),
    receivers: rows.map((row) =>
      toView(row, freshOf(row), {
        health: byKey.get(keyOf(row))?.health ?? NEW_RECEIVER,
        perReceiver,
      }),
    ),
    behind: new Map(
      rows.map((row) => [
        keyOf(row),
        { fresh: freshOf(row).map(({ id }) => id), leaseEnd: row.leaseEnd },
      ]),
    ),
  };
}

function toView(
  { tenantId, origin, inFlight, nextDueAt, firsts, again }: ViewRow,
  fresh: readonly ShownRow[],
  { health, perReceiver }: { readonly health: ReceiverHealth; readonly perReceiver: number },
): ReceiverView {
  const merged = (isFirst: boolean, parked: readonly ShownRow[]) =>
    [...parked, ...fresh.filter((one) => one.isFirst === isFirst)].toSorted(oldestFirst);
  const shown = shownDue(merged(true, firsts), merged(false, again), perReceiver);
  const due = shown.due.map(({ nextAttemptAt: _, createdAt, ...one }) => ({
    ...one,
    createdAt: new Date(createdAt),
  }));
  return { tenantId, origin, health, inFlight, nextDueAt, due, hasMore: shown.hasMore };
}

const oldestFirst = (a: ShownRow, b: ShownRow): number =>
  Date.parse(a.nextAttemptAt) - Date.parse(b.nextAttemptAt) ||
  a.sequence - b.sequence ||
  (a.id < b.id ? -1 : 1);

export interface ClaimWrite {
  readonly view: LockedView;
  readonly decisions: readonly ReceiverDecision[];
  readonly leaseUntil: Date;
}

/** Writes what was decided of receivers that are held; returns what is sent, in the order of the decision. */
export async function carryOut(
  client: PoolClient,
  { view, decisions, leaseUntil }: ClaimWrite,
): Promise<readonly ClaimedDelivery[]> {
  const decided = decisions.filter((one) => view.behind.has(keyOf(one)));
  const shown = new Map(view.receivers.map((one) => [keyOf(one), new Set(idsOf(one.due))]));
  const isShown = (key: ReceiverKey, id: string): boolean =>
    shown.get(keyOf(key))?.has(id) ?? false;
  const sent = decided.flatMap((one) => one.send.filter((id) => isShown(one, id)));
  const isSent = new Set(sent);
  const ended = decided.flatMap((one) =>
    one.end.filter(({ id }) => isShown(one, id) && !isSent.has(id)),
  );
  const moved = new Set([...sent, ...idsOf(ended)]);
  const fresh = decided.flatMap((one) => view.behind.get(keyOf(one))?.fresh ?? []);
  const { rows } = await client.query<Omit<ClaimedDelivery, 'leaseUntil'>>(CARRY_OUT, [
    sent,
    storableJson(ended),
    fresh.filter((id) => !moved.has(id)),
    leaseUntil,
    idsOf(ended),
    ...receiverColumns(decided.map((one) => toReceiver(one, view, leaseUntil))),
    decided.map(({ crowded }) => crowded),
  ]);
  const byId = new Map(rows.map((row) => [row.id, row]));
  const missed = decided.filter((one) => one.send.some((id) => isSent.has(id) && !byId.has(id)));
  if (missed.length > 0) {
    const keys = [missed.map(({ tenantId }) => tenantId), missed.map(({ origin }) => origin)];
    await client.query(LOOK_SOON, keys);
  }
  return sent.flatMap((id) => {
    const row = byId.get(id);
    return row ? [{ ...row, leaseUntil }] : [];
  });
}

function toReceiver(decision: ReceiverDecision, view: LockedView, leaseUntil: Date): MovedReceiver {
  const { tenantId, origin, health, lookAt, send } = decision;
  const leaseEnd = view.behind.get(keyOf(decision))?.leaseEnd ?? null;
  return {
    tenantId,
    origin,
    health,
    // An attempt whose worker dies is looked for when its lease ends.
    lookAt: earliest([lookAt, leaseEnd, send.length > 0 ? leaseUntil : null]),
  };
}

/** A receiver's row after a turn or a record. */
export interface MovedReceiver extends ReceiverKey {
  readonly health: ReceiverHealth;
  readonly lookAt: Date | null;
}

/** Arrays, of whose length the planner knows: it looks the rows up one by one. */
export const receiverColumns = (moved: readonly MovedReceiver[]): unknown[] => [
  moved.map(({ tenantId }) => tenantId),
  moved.map(({ origin }) => origin),
  moved.map(({ health }) => JSON.stringify(health)),
  moved.map(({ health: { failingSince } }) =>
    failingSince === null ? null : new Date(failingSince),
  ),
  moved.map(({ lookAt }) => lookAt),
];

const idsOf = (rows: readonly { readonly id: string }[]): readonly string[] =>
  rows.map(({ id }) => id);

export const keyOf = ({ tenantId, origin }: ReceiverKey): string => `${tenantId} ${origin}`;

export function earliest(dates: readonly (Date | null)[]): Date | null {
  const times = dates.flatMap((date) => (date ? [date.getTime()] : []));
  return times.length > 0 ? new Date(Math.min(...times)) : null;
}
