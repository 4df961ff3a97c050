import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Balance,
  demandsOf,
  type LedgerStore,
  Limiter,
  type LimitVerdict,
  LocalLimiter,
  type OpenReservation,
  OpenReservations,
  type Reservation,
} from '@app/tenants';
import type { Redis } from 'ioredis';
import { commandConnection, untilReady } from '../redis.js';
import { byScopes, type ScopeGroup } from './by-scopes.js';
import { RedisCounts, type RedisAnswer } from './redis-counts.js';
import { Turns } from './turns.js';
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
  private readonly turns = new Turns(AT_ONCE);
  private readonly timeoutMs: number;
  private readonly renewEveryMs: number;
  private readonly timer: NodeJS.Timeout;
  private away = false;
  private since: number | null = null;
  private renewedAtMs = 0;
  private turn: Promise<void> | null = null;
  /** What Redis was to be told while it was away. */
  private readonly unsent: (() => Promise<void>)[] = [];

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
    const groups = byScopes(known, ({ scopes }) => scopes.map(({ id }) => id));
    await Promise.all(groups.map(async (group) => await this.confirmGroup(group, balances)));
  }

  private async confirmGroup(
    { scopes, of }: ScopeGroup<Reservation>,
    balances: readonly Balance[],
  ): Promise<void> {
    const names = of.map(({ id }) => id);
    const send = async (newest: readonly Balance[]): Promise<void> =>
      await this.counts.confirm(
        names,
        scopes,
        newest.filter(({ scope }) => scopes.includes(scope)),
      );
    // With Postgres away it is told without balances: they are read before they count again.
    const later = async (): Promise<void> => {
      const newest = await this.options.ledger.balances(scopes).catch((): readonly Balance[] => []);
      await this.ask(async () => await send(newest));
    };
    if (this.away) return this.keepUnsent(later);
    await this.ask(async () => await send(balances)).catch((error: unknown) => {
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
    // Redis is there and could not judge: the others are to see at once what is open here.
    if (verdict.ok && take && !this.away) this.renew().catch((error: unknown) => this.fail(error));
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
    let sent = false;
    try {
      const answer = await this.ask(async () => {
        if (this.away) throw new Error('Redis is away');
        sent = true;
        return await this.counts.reserve(reservation, { take });
      });
      this.see(answer.since);
      return answer;
    } catch (error) {
      // It may have been counted all the same, and is not known to anybody but us.
      if (take && sent) this.keepUnsent(async () => await this.undo(reservation));
      this.fail(error);
      return null;
    }
  }

  /** What Redis may have counted without an answer goes, unless it is open by our own count. */
  private async undo(reservation: Reservation): Promise<void> {
    if (!this.open.has(reservation.id))
      await this.ask(async () => await this.counts.release(reservation));
  }

  /** False: Redis or Postgres cannot tell. */
  private async load(scopes: readonly string[]): Promise<boolean> {
    try {
      const balances = await this.options.ledger.balances(scopes);
      this.local.note(balances);
      await this.ask(async () => await this.counts.confirm([], scopes, balances));
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
        else this.see(await this.ask(async () => await this.counts.since()));
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
    // What was let through here meanwhile is not among what was put there.
    await this.renew();
  }

  private async renew(): Promise<void> {
    const open = this.open.renewable();
    // By pages: of thousands at once Redis would answer nobody in time.
    for (let from = 0; from === 0 || from < open.length; from += RENEWED_AT_ONCE) {
      const page = open.slice(from, from + RENEWED_AT_ONCE);
      // What has ended by its turn must not come back.
      const isOpen = ({ reservation: { id }, slot, money }: OpenReservation): boolean =>
        this.open.has(id) && (slot || money);
      this.since = await this.ask(async () => await this.counts.renew(page.filter(isOpen)));
    }
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
    const inTime = async (): Promise<void> => await this.ask(send);
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

  private async ask<T>(command: () => Promise<T>): Promise<T> {
    return await this.turns.run(async () => await within(command(), this.timeoutMs));
  }
}

/** For the longest, money waits that long for a Redis that is new and for balances. */
const PATIENCE_MS = 5_000;
const READY_MS = 2_000;
/** Commands on their way to Redis: some milliseconds of its time. */
const AT_ONCE = 32;
const MOST_UNSENT = 10_000;
/** Some milliseconds of its time. */
const RENEWED_AT_ONCE = 200;

/** Requests that neither have a slot nor use tokens have nothing to settle. */
const isSettled = ({ cost }: Reservation): boolean => cost.concurrent > 0 || cost.tokens > 0;
