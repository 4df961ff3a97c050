import { GatewayError } from '@app/errors';
import { clientRange } from '@app/outbound';
import { BoundedCache } from './bounded-cache.js';
import { FailureWindow } from './failure-window.js';

export interface AttemptLimitOptions {
  /** Wrong credentials from one address in any 60 s, in this process; and tries of each of them. */
  readonly perMinute: number;
  readonly now?: () => number;
  /** How many addresses and credentials are remembered; default 10 000 of each. */
  readonly maxEntries?: number;
}

/** One try of a credential. */
export interface Attempt {
  /** The client's; IPv6 counts by its /64, which is what one customer has. */
  readonly address: string;
  /** Names the credential without being it: its digest. */
  readonly digest: string;
}

/**
 * Guesses of credentials, limited by the address they come from. Different wrong ones are guesses; one
 * that is sent again and again is a program that nobody told, and uses up nothing but its own tries, so that
 * it locks out nobody beside it. One that worked in this process is always looked up: neighbours of
 * whoever guesses go on. An address looks up as many at once as it has failures left, so that no burst
 * passes the limit; the others wait for their turn.
 */
export class AttemptLimit {
  private readonly guesses: FailureWindow;
  private readonly repeats: FailureWindow;
  private readonly good: BoundedCache<true>;
  private readonly turns = new Map<string, Turns>();
  private readonly now: () => number;

  constructor({ perMinute, now = Date.now, maxEntries = 10_000 }: AttemptLimitOptions) {
    this.guesses = new FailureWindow(perMinute, maxEntries);
    this.repeats = new FailureWindow(perMinute, maxEntries);
    this.good = new BoundedCache(maxEntries);
    this.now = now;
  }

  /**
   * What `look` finds. Null, or PERMISSION_DENIED thrown, is a failure; whatever else it throws is none.
   * @throws GatewayError RATE_LIMIT_EXCEEDED when the address has failed too often; nothing is looked up
   */
  async attempt<T>({ address, digest }: Attempt, look: () => Promise<T>): Promise<T> {
    if (this.good.get(digest)) return await this.watch(digest, look);
    const range = clientRange(address);
    const repeated = `${range} ${digest}`;
    this.refuse(this.repeats, repeated);
    const isRepeat = this.repeats.hasFailed(repeated, this.now());
    if (!isRepeat) await this.takeTurn(range);
    try {
      return await this.watch(digest, look, () => {
        this.repeats.note(repeated, this.now());
        if (!isRepeat) this.guesses.note(range, this.now());
      });
    } finally {
      if (!isRepeat) this.endTurn(range);
    }
  }

  private async watch<T>(digest: string, look: () => Promise<T>, onFailure?: () => void) {
    const fail = (): void => {
      this.good.delete(digest);
      onFailure?.();
    };
    try {
      const found = await look();
      if (found === null) fail();
      else this.good.set(digest, true);
      return found;
    } catch (error) {
      if (error instanceof GatewayError && error.code === 'PERMISSION_DENIED') fail();
      throw error;
    }
  }

  private async takeTurn(range: string): Promise<void> {
    for (;;) {
      this.refuse(this.guesses, range);
      const turns = this.turns.get(range) ?? { running: 0, waiting: [] };
      this.turns.set(range, turns);
      if (turns.running < this.guesses.left(range, this.now())) {
        turns.running += 1;
        return;
      }
      await new Promise<void>((resolve) => turns.waiting.push(resolve));
    }
  }

  private endTurn(range: string): void {
    const turns = this.turns.get(range);
    if (!turns) return;
    turns.running -= 1;
    const isLimited = this.guesses.left(range, this.now()) === 0;
    for (const wake of turns.waiting.splice(0, isLimited ? Infinity : 1)) wake();
    if (turns.running === 0 && turns.waiting.length === 0) this.turns.delete(range);
  }

  private refuse(window: FailureWindow, name: string): void {
    const ms = window.freeInMs(name, this.now());
    if (ms <= 0) return;
    const seconds = Math.ceil(ms / 1000);
    throw new GatewayError(
      'RATE_LIMIT_EXCEEDED',
      `Too many wrong keys came from this address; try again in ${seconds} s.`,
      { retryAfterSeconds: seconds, headers: { 'retry-after-ms': String(Math.ceil(ms)) } },
    );
  }
}

/** Who of an address looks up now, and who waits. */
interface Turns {
  running: number;
  readonly waiting: (() => void)[];
}
