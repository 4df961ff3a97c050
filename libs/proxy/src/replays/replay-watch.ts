import type { ReplayKey, ReplayStore } from './replay.store.js';

export interface ReplayWatchOptions {
  readonly everyMs?: number;
  /** At once, in this process; each may hold the body of its request. */
  readonly maxWaiters?: number;
}

const EVERY_MS = 250;
const MAX_WAITERS = 1_000;

/** Calls that wait for the first one with their key: all are looked after in one statement a turn. */
export class ReplayWatch {
  private readonly waiters = new Set<Waiter>();
  private timer: NodeJS.Timeout | undefined;
  private isLooking = false;

  constructor(
    private readonly store: Pick<ReplayStore, 'underWay'>,
    private readonly options: ReplayWatchOptions = {},
  ) {}

  /**
   * True: it is no longer under way. False: it still is after so long, or too many wait already.
   * @throws the signal's reason; what the store throws
   */
  async ended(key: ReplayKey, { ms, signal }: Patience): Promise<boolean> {
    signal.throwIfAborted();
    if (ms <= 0 || this.waiters.size >= (this.options.maxWaiters ?? MAX_WAITERS)) return false;
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    const waiter = { key, resolve, reject };
    const late = setTimeout(() => resolve(false), ms);
    const leave = (): void => reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    this.waiters.add(waiter);
    this.timer ??= setInterval(() => void this.runOnce(), this.options.everyMs ?? EVERY_MS);
    try {
      return await promise;
    } finally {
      clearTimeout(late);
      signal.removeEventListener('abort', leave);
      this.waiters.delete(waiter);
      if (this.waiters.size === 0) this.stop();
    }
  }

  async runOnce(): Promise<void> {
    if (this.isLooking) return;
    this.isLooking = true;
    const waiting = [...this.waiters];
    try {
      const underWay = await this.store.underWay(waiting.map(({ key }) => key));
      const names = new Set(underWay.map(nameOf));
      for (const waiter of waiting) if (!names.has(nameOf(waiter.key))) waiter.resolve(true);
    } catch (error) {
      for (const waiter of waiting) waiter.reject(error);
    } finally {
      this.isLooking = false;
    }
  }

  private stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }
}

export interface Patience {
  readonly ms: number;
  readonly signal: AbortSignal;
}

interface Waiter {
  readonly key: ReplayKey;
  readonly resolve: (isOver: boolean) => void;
  readonly reject: (reason: unknown) => void;
}

const nameOf = ({ tenantId, key }: ReplayKey): string => `${tenantId} ${key}`;
