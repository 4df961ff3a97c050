import type { ReplayRef, ReplayStore } from './replay.store.js';

export interface OpenTicketsOptions {
  /** How often leases are renewed; a fraction of what they last. */
  readonly everyMs?: number;
  /** How long an end that cannot be written is tried again; the lease then runs out by itself. */
  readonly endWithinMs?: number;
  readonly onError: (error: unknown) => void;
}

const EVERY_MS = 3_000;
const END_WITHIN_MS = 60_000;

/**
 * The calls of this process that hold a key: renews the leases of all of them in one statement, and writes how
 * each ended, again at every turn while the database is away.
 */
export class OpenTickets {
  private readonly refs = new Map<string, ReplayRef>();
  private readonly ends = new Set<Promise<unknown>>();
  private timer: NodeJS.Timeout | undefined;
  private turn = Promise.withResolvers<void>();
  private idle = Promise.withResolvers<void>();
  private isClosed = false;

  constructor(
    private readonly store: Pick<ReplayStore, 'renew'>,
    private readonly options: OpenTicketsOptions,
  ) {}

  open(ref: ReplayRef): void {
    this.refs.set(ref.ticketId, ref);
    this.timer ??= setInterval(() => void this.runOnce(), this.options.everyMs ?? EVERY_MS);
  }

  /** Resolves when it is written, or was tried for long enough (null). */
  async end<T>(ref: ReplayRef, write: () => Promise<T>): Promise<T | null> {
    const ending = this.written(write);
    this.ends.add(ending);
    try {
      return await ending;
    } finally {
      this.ends.delete(ending);
      this.refs.delete(ref.ticketId);
      if (this.refs.size === 0) this.stop();
    }
  }

  async runOnce(): Promise<void> {
    try {
      await this.store.renew([...this.refs.values()]);
    } catch (error) {
      this.options.onError(error);
    }
    this.nextTurn();
  }

  /** When no call of this process holds a key. */
  async settled(): Promise<void> {
    if (this.refs.size > 0) await this.idle.promise;
  }

  /** Waits for calls that are ending, until it is written how. What is not by then is found out by its lease. */
  async close(timeoutMs: number): Promise<void> {
    const late = setTimeout(() => {
      this.isClosed = true;
      this.nextTurn();
      this.idle.resolve();
    }, timeoutMs);
    await this.settled();
    await Promise.all(this.ends);
    clearTimeout(late);
    this.stop();
  }

  private async written<T>(write: () => Promise<T>): Promise<T | null> {
    const givenUpAt = performance.now() + (this.options.endWithinMs ?? END_WITHIN_MS);
    for (;;) {
      const { promise: next } = this.turn;
      try {
        return await write();
      } catch (error) {
        this.options.onError(error);
        if (this.isClosed || performance.now() >= givenUpAt) return null;
        await next;
      }
    }
  }

  private nextTurn(): void {
    this.turn.resolve();
    this.turn = Promise.withResolvers();
  }

  private stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.idle.resolve();
    this.idle = Promise.withResolvers();
  }
}
