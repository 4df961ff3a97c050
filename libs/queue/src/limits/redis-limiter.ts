import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Balance,
  demandsOf,
  type LedgerStore,
  Limiter,
  type LimitVerdict,
  LocalLimiter,
  OpenReservations,
  type Reservation,
} from '@app/tenants';
import type { Redis } from 'ioredis';
import { commandConnection, untilReady } from '../redis.js';
import { RedisCounts, type RedisAnswer } from './redis-counts.js';
import { within } from './within.js';

export interface RedisLimiterOptions {
  readonly redisUrl: string;
  readonly ledger: Pick<LedgerStore, 'balances'>;
  /** Redis is taken to be away when it has not answered by then. */
  readonly timeoutMs?: number;
  /** This process counts alone from now on, or no longer; `error` is why. */
  readonly onLocal: (local: boolean, error: unknown) => void;
  readonly windowMs?: number;
  readonly leaseMs?: number;
  readonly graceMs?: number;
  /** How often it is seen whether Redis is back or was emptied. */
  readonly tickMs?: number;
}

/**
 * The limits of all processes in Redis, and this process's own counts for as long as Redis is away. A call
 * that Redis does not answer in time is judged here, and so is every other until a look of our own, not
 * somebody's request, finds it back and has put everything there that is open. What was sent to Redis and
 * not answered may have been counted: it is ended there too.
 */
export class RedisLimiter extends Limiter {
  private readonly redis: Redis;
  private readonly counts: RedisCounts;
  private readonly local: LocalLimiter;
  private readonly open: OpenReservations;
  private readonly timeoutMs: number;
  private readonly renewEveryMs: number;
  private readonly timer: NodeJS.Timeout;
  private away = false;
  private since: number | null = null;
  private renewedAtMs = 0;
  private turn: Promise<void> | null = null;
  /** What Redis was to be told while it was away. */
  private unsent: (() => Promise<void>)[] = [];

  constructor(private readonly options: RedisLimiterOptions) {
    super();
    const { windowMs = 60_000, leaseMs = 60_000, graceMs = 2_000, tickMs = 500 } = options;
    this.timeoutMs = options.timeoutMs ?? 50;
    this.renewEveryMs = leaseMs / 4;
    this.redis = commandConnection(options.redisUrl);
    this.counts = new RedisCounts(this.redis, { windowMs, leaseMs, graceMs });
    this.local = new LocalLimiter(options.ledger, { windowMs, leaseMs });
    this.open = new OpenReservations(windowMs);
    this.timer = setInterval(() => void this.runOnce(), tickMs).unref();
  }

  /** Waits a moment for the first connection, so that a process does not begin by counting alone. */
  async ready(): Promise<void> {
    const connected = untilReady(this.redis).then(async () => await this.counts.since());
    await within(connected, READY_MS).then(
      (since) => this.see(since),
      () => undefined,
    );
  }

  /** @throws GatewayError SERVICE_UNAVAILABLE where a budget counts of which nobody can tell what is left */
  async reserve(reservation: Reservation): Promise<LimitVerdict> {
    return await this.judge(reservation, true);
  }

  /** @throws as `reserve` does */
  override async check(reservation: Reservation): Promise<LimitVerdict> {
    return await this.judge(reservation, false);
  }

  dispatched(id: string): void {
    this.local.dispatched(id);
    if (this.open.dispatch(id)) this.tell(async () => await this.counts.dispatched(id));
  }

  settle(id: string, tokens: number): void {
    this.local.settle(id, tokens);
    const reservation = this.open.settle(id);
    if (reservation && isSettled(reservation))
      this.tell(async () => await this.counts.settle(reservation, tokens));
  }

  release(id: string): void {
    this.local.release(id);
    const reservation = this.open.release(id);
    if (reservation) this.tell(async () => await this.counts.release(reservation));
  }

  /** Never fails: while Redis is away it is told later, with the balances of then. */
  async confirm(ids: readonly string[], balances: readonly Balance[]): Promise<void> {
    await this.local.confirm(ids, balances);
    const known = ids.flatMap((id) => this.open.confirm(id) ?? []);
    if (known.length === 0) return;
    const names = known.map(({ id }) => id);
    const scopes = [...new Set(known.flatMap((one) => one.scopes.map(({ id }) => id)))];
    const send = async (newest: readonly Balance[]): Promise<void> =>
      await this.counts.confirm(names, scopes, newest);
    // With Postgres away it is told without balances: they are read before they count again.
    const later = async (): Promise<void> =>
      await this.within(
        send(await this.options.ledger.balances(scopes).catch((): readonly Balance[] => [])),
      );
    if (this.away) return this.keepUnsent(later);
    await this.within(send(balances)).catch((error: unknown) => {
      this.keepUnsent(later);
      this.fail(error);
    });
  }

  /** One look: is Redis there, has it everything; tests call it. */
  async runOnce(): Promise<void> {
    this.turn ??= this.look().finally(() => {
      this.turn = null;
    });
    return await this.turn;
  }

  get isLocal(): boolean {
    return this.away;
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.turn;
    this.redis.disconnect();
  }

  private async judge(reservation: Reservation, take: boolean): Promise<LimitVerdict> {
    if (demandsOf(reservation).length === 0) return { ok: true, states: [] };
    const answer = this.away ? null : await this.ofRedis(reservation, take);
    if (answer) {
      if (answer.ok && take) this.note(reservation);
      return answer;
    }
    const verdict = take
      ? await this.local.reserve(reservation)
      : await this.local.check(reservation);
    if (verdict.ok && take) this.open.add(reservation, Date.now());
    return verdict;
  }

  /** Null: Redis is away. A balance that is missing is read first; money that came too early waits. */
  private async ofRedis(reservation: Reservation, take: boolean): Promise<LimitVerdict | null> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const answer = await this.once(reservation, take);
      if (!answer) return null;
      if (answer.kind === 'judged') return answer.verdict;
      if (performance.now() > deadline) return null;
      if (answer.kind === 'new') await sleep(Math.max(answer.waitMs, 1));
      else if (!(await this.load(answer.scopes))) return null;
    }
  }

  private async once(reservation: Reservation, take: boolean): Promise<RedisAnswer | null> {
    try {
      const answer = await this.within(this.counts.reserve(reservation, { take }));
      this.see(answer.since);
      return answer;
    } catch (error) {
      // It may have been counted all the same, and is not known to anybody but us.
      if (take) this.keepUnsent(async () => await this.undo(reservation));
      this.fail(error);
      return null;
    }
  }

  /** What Redis may have counted without an answer goes, unless it is open by our own count. */
  private async undo(reservation: Reservation): Promise<void> {
    if (!this.open.has(reservation.id)) await this.within(this.counts.release(reservation));
  }

  /** False: Redis or Postgres cannot tell. */
  private async load(scopes: readonly string[]): Promise<boolean> {
    try {
      const balances = await this.options.ledger.balances(scopes);
      this.local.note(balances);
      await this.within(this.counts.confirm([], scopes, balances));
      return true;
    } catch {
      return false;
    }
  }

  private note(reservation: Reservation): void {
    this.open.add(reservation, Date.now());
    this.local.adopt(reservation);
  }

  private async look(): Promise<void> {
    const nowMs = Date.now();
    this.local.renew();
    this.open.forgetOld(nowMs);
    try {
      if (this.away) return await this.comeBack();
      const open = this.open.renewable();
      if (open.length > 0) {
        if (nowMs - this.renewedAtMs >= this.renewEveryMs) await this.renew();
        else this.see(await this.within(this.counts.since()));
      }
      await this.sendUnsent();
    } catch (error) {
      this.fail(error);
    }
  }

  private async comeBack(): Promise<void> {
    try {
      await this.renew();
      await this.sendUnsent();
    } catch {
      return;
    }
    this.away = false;
    this.options.onLocal(false, null);
  }

  private async renew(): Promise<void> {
    this.since = await this.within(this.counts.renew(this.open.renewable()));
    this.renewedAtMs = Date.now();
  }

  private async sendUnsent(): Promise<void> {
    const unsent = this.unsent.splice(0);
    while (unsent.length > 0) {
      try {
        await unsent[0]?.();
        unsent.shift();
      } catch (error) {
        this.unsent.unshift(...unsent);
        throw error;
      }
    }
  }

  /** Another beginning: Redis was emptied, and what we have open must be there before money is admitted. */
  private see(since: number | null): void {
    const before = this.since;
    this.since = since;
    if (before !== null && since !== before && this.open.renewable().length > 0)
      this.renew().catch((error: unknown) => this.fail(error));
  }

  private tell(send: () => Promise<void>): void {
    const inTime = async (): Promise<void> => await this.within(send());
    if (this.away) return this.keepUnsent(inTime);
    inTime().catch((error: unknown) => {
      this.keepUnsent(inTime);
      this.fail(error);
    });
  }

  /** What finds no room here ends by itself in Redis: when its window, its lease or its money is looked at. */
  private keepUnsent(send: () => Promise<void>): void {
    if (this.unsent.length < MOST_UNSENT) this.unsent.push(send);
  }

  private fail(error: unknown): void {
    if (this.away) return;
    this.away = true;
    this.local.outdate();
    this.options.onLocal(true, error);
  }

  private async within<T>(answer: Promise<T>): Promise<T> {
    return await within(answer, this.timeoutMs);
  }
}

/** For the longest, money waits that long for a Redis that is new and for balances. */
const PATIENCE_MS = 5_000;
const READY_MS = 2_000;
const MOST_UNSENT = 10_000;

/** Requests that neither have a slot nor use tokens have nothing to settle. */
const isSettled = ({ cost }: Reservation): boolean => cost.concurrent > 0 || cost.tokens > 0;
