import { setTimeout as wait } from 'node:timers/promises';
import type { AuditRow, AuditStore } from './audit.js';
import { fitRow } from './fit-row.js';

export interface AuditBufferOptions {
  /** How many rows wait at most, those being written included. */
  readonly maxRows: number;
  /** How often waiting rows are written; default 200 ms, which is what a kill may lose. */
  readonly flushMs?: number;
  /** Rows that had no room, or were left at the deadline of `flush`, since the last call. */
  readonly onDrop: (rows: number) => void;
  /** A write failed; its rows are kept. */
  readonly onError?: (error: unknown) => void;
}

const DEFAULT_FLUSH_MS = 200;
const MAX_BATCH = 1000;

/**
 * Between the requests and the audit table: requests never wait for it. Rows are written in batches,
 * in order, one batch at a time, and stay here while the store is away. Beyond `maxRows` the oldest
 * are kept and new ones counted as dropped and reported.
 */
export class AuditBuffer {
  private readonly rows: AuditRow[] = [];
  private readonly flushMs: number;
  private writing: Promise<void> | null = null;
  private timer: NodeJS.Timeout | undefined;
  private unreported = 0;
  private droppedRows = 0;

  constructor(
    private readonly store: AuditStore,
    private readonly options: AuditBufferOptions,
  ) {
    this.flushMs = options.flushMs ?? DEFAULT_FLUSH_MS;
  }

  /** Rows waiting. */
  get size(): number {
    return this.rows.length;
  }

  /** Rows lost since the start. */
  get dropped(): number {
    return this.droppedRows;
  }

  /** Never waits, never throws. */
  add(row: AuditRow): void {
    if (this.rows.length < this.options.maxRows) this.rows.push(fitRow(row));
    else this.drop(1);
  }

  /** Writes every `flushMs` until `flush`. */
  start(): void {
    this.timer ??= setInterval(() => void this.runOnce(), this.flushMs).unref();
  }

  /** Writes what waits, until nothing does or the store fails. Calls that overlap share one run. */
  async runOnce(): Promise<void> {
    this.writing ??= this.write().finally(() => {
      this.writing = null;
    });
    return await this.writing;
  }

  /**
   * For the end of the process: stops the timer and writes until nothing waits or `deadlineMs` is
   * over. Returns how many rows are left; they are reported as dropped.
   */
  async flush(deadlineMs: number): Promise<number> {
    clearInterval(this.timer);
    const deadline = new AbortController();
    const over = wait(deadlineMs, undefined, { signal: deadline.signal }).catch(() => undefined);
    const endsAtMs = performance.now() + deadlineMs;
    await Promise.race([this.writeUntil(endsAtMs), over]);
    deadline.abort();
    const left = this.rows.splice(0).length;
    this.drop(left);
    this.report();
    return left;
  }

  private async writeUntil(endsAtMs: number): Promise<void> {
    await this.runOnce();
    while (this.rows.length > 0 && performance.now() < endsAtMs) {
      await wait(Math.min(this.flushMs, Math.max(endsAtMs - performance.now(), 0)));
      await this.runOnce();
    }
  }

  private async write(): Promise<void> {
    this.report();
    try {
      while (this.rows.length > 0) {
        const batch = this.rows.slice(0, MAX_BATCH);
        await this.store.insert(batch);
        if (this.rows[0] === batch[0]) this.rows.splice(0, batch.length);
      }
    } catch (error) {
      this.options.onError?.(error);
    }
  }

  private drop(rows: number): void {
    this.droppedRows += rows;
    this.unreported += rows;
  }

  private report(): void {
    if (this.unreported === 0) return;
    this.options.onDrop(this.unreported);
    this.unreported = 0;
  }
}
