import { createHash } from 'node:crypto';
import type { AdminRole } from './admin.js';

/** One row of the chain, before it has its place in it. */
export interface AdminAction {
  readonly at: Date;
  /** The name of the admin. */
  readonly actor: string;
  readonly role: AdminRole;
  readonly method: string;
  /** As it was asked for, without the query. */
  readonly path: string;
  readonly requestId: string;
  /** `intent`: committed before anything was done; `outcome`: how it ended. */
  readonly kind: 'intent' | 'outcome';
  /** HTTP status of an outcome; null on an intent. */
  readonly status: number | null;
  /** Ids and names of fields, never their values. */
  readonly details: AdminActionDetails;
}

export type AdminActionDetails = Readonly<Record<string, string | readonly string[]>>;

/** A row in its place. */
export interface ChainedAction extends AdminAction {
  /** 1 for the first row, each one more than the one before. */
  readonly seq: number;
  readonly prevHash: Buffer;
  readonly hash: Buffer;
}

/** Where the chain ends: what the next row builds on. */
export interface ChainHead {
  readonly seq: number;
  readonly hash: Buffer;
}

/** Before the first row. */
export const EMPTY_CHAIN: ChainHead = { seq: 0, hash: Buffer.alloc(32) };

/** The row in its place after this head. */
export function chain(action: AdminAction, head: ChainHead): ChainedAction {
  const placed = { ...action, seq: head.seq + 1, prevHash: head.hash };
  return { ...placed, hash: hashOf(placed) };
}

/**
 * SHA-256 over the UTF-8 of a JSON array without spaces: `[seq, at, actor, role, method, path,
 * requestId, kind, status, details, prevHash]`; `at` like `2026-11-23T06:20:00.000Z`, `details` with
 * its names sorted by UTF-16 code units, `prevHash` in lower-case hex, texts escaped as
 * `JSON.stringify` does.
 */
export function hashOf(row: Omit<ChainedAction, 'hash'>): Buffer {
  const details = Object.fromEntries(
    Object.keys(row.details)
      .toSorted()
      .map((name) => [name, row.details[name]]),
  );
  const text = JSON.stringify([
    row.seq,
    row.at.toISOString(),
    row.actor,
    row.role,
    row.method,
    row.path,
    row.requestId,
    row.kind,
    row.status,
    details,
    row.prevHash.toString('hex'),
  ]);
  return createHash('sha256').update(text, 'utf8').digest();
}

export interface AdminActionPage {
  /** Newest first. */
  readonly actions: readonly ChainedAction[];
  /** `seq` to go on before; null: these were the last. */
  readonly before: number | null;
}

/** The chain at rest. */
export abstract class AdminActionStore {
  /** Puts a row at the end; returns when it is durable. Appends of all processes come one after the other. */
  abstract append(action: AdminAction): Promise<ChainedAction>;
  /** Rows older than `before`, newest first. */
  abstract list(before: number | null, limit: number): Promise<AdminActionPage>;
}
