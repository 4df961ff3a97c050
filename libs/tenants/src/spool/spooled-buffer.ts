import { setTimeout as wait } from 'node:timers/promises';
import { Spool } from './spool.js';
import type { SpoolFiles } from './spool-files.js';

export interface SpooledBufferOptions<Row> {
  /** Rows of one kind, by all processes that share the spool's folder; a plain word. */
  readonly name: string;
  /**
   * Stores all rows or fails as a whole. Rows come again after a lost answer or a crash, and must
   * make no difference then. Fields of the types JSON has, Date and bigint come back as they were.
   */
  readonly write: (rows: readonly Row[]) => Promise<void>;
  readonly files: SpoolFiles;
  /** How many rows wait in memory at most, those being written included. */
  readonly maxRows: number;
  /** How large the spool of this process may become; default 1 GiB. */
  readonly maxSpoolBytes?: number;
  /** How often rows leave memory; with `patienceMs` the most that a kill may lose. Default 100 ms. */
  readonly flushMs?: number;
  /** How long the store may take before rows go to disk instead; default 100 ms. */
  readonly patienceMs?: number;
  /** From a failure of the store until it is tried again; default 1 s. */
  readonly retryMs?: number;
  /** How long a process is silent before another takes its spool over; default 10 s. */
  readonly leaseMs?: number;
  /** Whether the store will never take these rows, whatever is tried. Default: it always may. */
  readonly isRefusal?: (error: unknown) => boolean;
  /** Rows lost, since the last call: neither memory nor disk had room, or the store refused them for good. */
  readonly onDrop: (rows: number, because: 'full' | 'refused') => void;
  /** The store or the spool failed; the rows are kept. */
  readonly onError?: (error: unknown, at: 'store' | 'spool') => void;
  /** So many rows went to disk instead of to the store. */
  readonly onSpool?: (rows: number) => void;
}

const MAX_BATCH = 1000;
const GIBIBYTE = 1024 ** 3;

/**
 * Between requests and a table: no request waits for it. Every `flushMs` what came is stored; what
 * the store has not taken within `patienceMs` is appended to a spool on disk, so that a process that
 * is killed loses 200 ms at most, also while the store is away. While anything is spooled, rows go
 * there, and from there to the store, in order. Beyond `maxRows` (the disk fails too) and
 * `maxSpoolBytes` the oldest are kept and new ones counted as dropped.
 */
export class SpooledBuffer<Row extends object> {
  private readonly rows: Row[] = [];
  private readonly spool: Spool;
  private readonly flushMs: number;
  private timer: NodeJS.Timeout | undefined;
  private saving: Promise<void> | null = null;
  private replaying: Promise<void> | null = null;
  /** A write that outlasted our patience; one at a time is enough for a store in trouble. */
  private outstanding: Promise<unknown> = Promise.resolve();
  private isStoreAway = false;
  private retryAtMs = 0;
  private adoptAtMs = 0;
  private unreported = 0;
  private droppedRows = 0;

  constructor(private readonly options: SpooledBufferOptions<Row>) {
    this.flushMs = options.flushMs ?? 100;
    this.spool = new Spool(options.files, {
      name: options.name,
      maxBytes: options.maxSpoolBytes ?? GIBIBYTE,
      leaseMs: this.leaseMs,
    });
  }

  /** Rows waiting in memory. */
  get size(): number {
    return this.rows.length;
  }

  /** Bytes waiting on disk. */
  get spooledBytes(): number {
    return this.spool.bytes;
  }

  /** Rows lost since the start. */
  get dropped(): number {
    return this.droppedRows;
  }

  /** Never waits, never throws. */
  add(row: Row): void {
    if (this.rows.length < this.options.maxRows) this.rows.push(row);
    else this.drop(1, 'full');
  }

  /** Stores every `flushMs` until `flush`, beginning with what processes before this one left. */
  start(): void {
    this.timer ??= setInterval(() => {
      void this.save();
      void this.replayIfDue();
    }, this.flushMs).unref();
  }

  /** Stores or spools what waits, then replays the spool if its time has come. Overlapping calls share one run. */
  async runOnce(): Promise<void> {
    await this.save();
    await this.replayIfDue();
  }

  /**
   * For the end of the process: stores what waits until `deadlineMs` is over, and spools the rest for
   * the next process. Returns how many rows neither took; they are reported as dropped.
   */
  async flush(deadlineMs: number): Promise<number> {
    clearInterval(this.timer);
    const deadline = new AbortController();
    const over = wait(deadlineMs, undefined, { signal: deadline.signal }).catch(() => undefined);
    const endsAtMs = performance.now() + deadlineMs;
    await Promise.race([this.storeUntil(endsAtMs), over]);
    deadline.abort();
    await this.saving;
    await this.spoolRows();
    await this.spool.release().catch((error: unknown) => this.options.onError?.(error, 'spool'));
    const left = this.rows.splice(0).length;
    this.drop(left, 'full');
    this.report();
    return left;
  }

  /** Ends as soon as nothing waits, or everything is on disk and the store does not take it. */
  private async storeUntil(endsAtMs: number): Promise<void> {
    for (;;) {
      this.retryAtMs = 0;
      await this.runOnce();
      const isSafe = this.rows.length === 0 && (this.spool.isEmpty || this.isStoreAway);
      if (isSafe || performance.now() >= endsAtMs) return;
      await wait(Math.min(this.flushMs, Math.max(endsAtMs - performance.now(), 0)));
    }
  }

  /** Everything in memory goes to the store or to disk. */
  private async save(): Promise<void> {
    this.saving ??= this.saveRows().finally(() => {
      this.saving = null;
    });
    return await this.saving;
  }

  private async saveRows(): Promise<void> {
    this.report();
    const patienceMs = this.options.patienceMs ?? 100;
    const endsAtMs = performance.now() + patienceMs;
    while (this.rows.length > 0 && !this.isBehind) {
      const batch = this.rows.slice(0, MAX_BATCH);
      const writing = this.store(batch);
      this.outstanding = writing;
      const isStored = await within(writing, endsAtMs - performance.now());
      if (isStored) this.rows.splice(0, batch.length);
      else this.storeFailed();
    }
    if (this.isBehind) await this.spoolRows();
  }

  private get isBehind(): boolean {
    return this.isStoreAway || !this.spool.isEmpty;
  }

  private async spoolRows(): Promise<void> {
    try {
      while (this.rows.length > 0) {
        const batch = this.rows.slice(0, MAX_BATCH);
        if (await this.spool.append(batch)) this.options.onSpool?.(batch.length);
        else this.drop(batch.length, 'full');
        this.rows.splice(0, batch.length);
      }
    } catch (error) {
      this.options.onError?.(error, 'spool');
    }
  }

  private async replayIfDue(): Promise<void> {
    if (performance.now() < this.retryAtMs) return await (this.replaying ?? undefined);
    this.replaying ??= this.replay()
      .catch((error: unknown) => this.options.onError?.(error, 'spool'))
      .finally(() => {
        this.replaying = null;
      });
    return await this.replaying;
  }

  private async replay(): Promise<void> {
    await this.adoptIfDue();
    if (!this.isBehind) return;
    await this.outstanding;
    for (;;) {
      const spooled = await this.spool.oldest();
      if (!spooled) break;
      const rows = spooled.rows.filter((row) => this.isRow(row));
      for (let at = 0; at < rows.length; at += MAX_BATCH) {
        if (!(await this.store(rows.slice(at, at + MAX_BATCH)))) return this.storeFailed();
      }
      await this.spool.remove(spooled.segment);
    }
    this.isStoreAway = false;
  }

  /** Spools of one name hold rows of one kind, so an object there is one of them. */
  private isRow(value: unknown): value is Row {
    return typeof value === 'object' && value !== null;
  }

  private async adoptIfDue(): Promise<void> {
    const now = performance.now();
    if (now < this.adoptAtMs) return;
    this.adoptAtMs = now + this.leaseMs / 6;
    await this.spool.adopt(new Date());
  }

  private get leaseMs(): number {
    return this.options.leaseMs ?? 10_000;
  }

  private storeFailed(): void {
    this.isStoreAway = true;
    this.retryAtMs = performance.now() + (this.options.retryMs ?? 1_000);
  }

  /** Whether the rows need no further care. Of rows that are refused together, those at fault are found by halves. */
  private async store(rows: readonly Row[]): Promise<boolean> {
    try {
      if (rows.length > 0) await this.options.write(rows);
      return true;
    } catch (error) {
      this.options.onError?.(error, 'store');
      if (!this.options.isRefusal?.(error)) return false;
      if (rows.length > 1) {
        const half = Math.ceil(rows.length / 2);
        return (await this.store(rows.slice(0, half))) && (await this.store(rows.slice(half)));
      }
      this.drop(1, 'refused');
      return true;
    }
  }

  private drop(rows: number, because: 'full' | 'refused'): void {
    this.droppedRows += rows;
    if (because === 'refused') this.options.onDrop(rows, because);
    else this.unreported += rows;
  }

  private report(): void {
    if (this.unreported === 0) return;
    this.options.onDrop(this.unreported, 'full');
    this.unreported = 0;
  }
}

/** Whether it was true in time. */
async function within(outcome: Promise<boolean>, ms: number): Promise<boolean> {
  const inTime = new AbortController();
  const tooLate = wait(Math.max(ms, 0), false, { signal: inTime.signal }).catch(() => false);
  const first = await Promise.race([outcome, tooLate]);
  inTime.abort();
  return first;
}
