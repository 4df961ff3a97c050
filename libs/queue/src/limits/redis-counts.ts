import {
  type Balance,
  budgetScopes,
  demandsOf,
  LIMIT_NAMES,
  type LimitVerdict,
  measureOf,
  type OpenReservation,
  type Reservation,
  slotScopes,
  verdictOf,
} from '@app/tenants';
import type { Redis } from 'ioredis';
import { balanceFields, NO_BALANCE } from './balance-fields.js';
import { CONFIRM, DISPATCHED, EXPIRED, PUSH, RELEASE, RENEW, SETTLE } from './end.lua.js';
import {
  ALL_BALANCES,
  balanceKey,
  PENDING_FACTS,
  PENDING_LEASES,
  scopeKeys,
  SINCE,
} from './limit-keys.js';
import { factsOf, type PendingFacts, readFacts } from './pending-facts.js';
import { RESERVE } from './reserve.lua.js';
import { Script } from './script.js';

export interface RedisCountsOptions {
  readonly windowMs: number;
  readonly leaseMs: number;
  /** For so long a Redis that is new, or was emptied, admits no money: whoever has some open puts it back first. */
  readonly graceMs: number;
}

/** `unknown`: of these scopes a balance is missing. `new`: Redis admits no money for so long yet. */
export type RedisAnswer =
  | {
      readonly kind: 'judged';
      readonly verdict: LimitVerdict;
      readonly since: number;
      readonly now: number;
    }
  | { readonly kind: 'unknown'; readonly scopes: readonly string[]; readonly since: number }
  | { readonly kind: 'new'; readonly waitMs: number; readonly since: number };

/** The limits of all processes, as Redis counts them; each call is one script. Fails while Redis is away. */
export class RedisCounts {
  private readonly scripts = {
    reserve: new Script(RESERVE),
    settle: new Script(SETTLE),
    release: new Script(RELEASE),
    dispatched: new Script(DISPATCHED),
    confirm: new Script(CONFIRM),
    push: new Script(PUSH),
    renew: new Script(RENEW),
    expired: new Script(EXPIRED),
  };

  constructor(
    private readonly redis: Redis,
    private readonly options: RedisCountsOptions,
  ) {}

  async reserve(
    reservation: Reservation,
    { take }: { readonly take: boolean },
  ): Promise<RedisAnswer> {
    const { id, scopes, cost } = reservation;
    const { windowMs, leaseMs, graceMs } = this.options;
    const reply = await this.scripts.reserve.run(
      this.redis,
      keysOf(scopes.map((scope) => scope.id)),
      [
        id,
        take ? 1 : 0,
        windowMs * 1000,
        leaseMs * 1000,
        graceMs * 1000,
        factsOf(reservation, false),
        cost.requests,
        cost.reads,
        cost.tokens,
        cost.concurrent,
        cost.nanoUsd,
        ...scopes.flatMap(({ limits }) =>
          LIMIT_LIMITS.map((name) => limits[name]?.toFixed(0) ?? ''),
        ),
      ],
    );
    return this.read(reservation, reply);
  }

  async settle(reservation: Reservation, tokens: number): Promise<void> {
    await this.scripts.settle.run(this.redis, keysFor(reservation), [reservation.id, tokens]);
  }

  async release(reservation: Reservation): Promise<void> {
    await this.scripts.release.run(this.redis, keysFor(reservation), [reservation.id]);
  }

  async dispatched(id: string): Promise<void> {
    await this.scripts.dispatched.run(this.redis, [PENDING_FACTS], [id]);
  }

  /**
   * Puts balances there and takes money of these away that is in them. A scope of theirs whose balance is not
   * among them is read again before it counts.
   */
  async confirm(
    ids: readonly string[],
    scopes: readonly string[],
    balances: readonly Balance[],
    { onlyExpired = false }: { readonly onlyExpired?: boolean } = {},
  ): Promise<void> {
    const byScope = new Map(balances.map((balance) => [balance.scope, balance]));
    const all = [...new Set([...scopes, ...byScope.keys()])];
    await this.scripts.confirm.run(this.redis, keysOf(all), [
      this.options.graceMs * 1000,
      onlyExpired ? 1 : 0,
      ids.length,
      ...ids,
      ...all.flatMap((scope) => {
        const balance = byScope.get(scope);
        return balance ? balanceFields(balance) : NO_BALANCE;
      }),
    ]);
  }

  /** Replaces what Redis has of these scopes, by version; others are read when they are asked for. */
  async push(balances: readonly Balance[]): Promise<void> {
    if (balances.length === 0) return;
    const keys = balances.map(({ scope }) => balanceKey(scope));
    await this.scripts.push.run(this.redis, keys, balances.flatMap(balanceFields));
  }

  /** No balance is known afterwards. */
  async forget(): Promise<void> {
    let cursor = '0';
    do {
      const [next, keys] = await this.redis.scan(
        cursor,
        'MATCH',
        escaped(ALL_BALANCES),
        'COUNT',
        500,
      );
      if (keys.length > 0) await this.redis.unlink(...keys);
      cursor = next;
    } while (cursor !== '0');
  }

  /** Since when Redis knows of limits, microseconds; another one: it was emptied. Null: it does not yet. */
  async since(): Promise<number | null> {
    const since = await this.redis.get(SINCE);
    return since === null ? null : Number(since);
  }

  /** Leases of what is open go on; what Redis has lost of it comes back. */
  async renew(open: readonly OpenReservation[]): Promise<number> {
    const scopes = [
      ...new Set(open.flatMap(({ reservation }) => reservation.scopes.map(({ id }) => id))),
    ];
    const places = (ids: readonly string[]): string =>
      ids.map((id) => scopes.indexOf(id)).join(',');
    const values = open.flatMap(({ reservation, slot, money, dispatched }) => [
      reservation.id,
      slot ? places(slotScopes(reservation)) : '',
      money ? places(budgetScopes(reservation)) : '',
      reservation.cost.nanoUsd.toFixed(0),
      factsOf(reservation, dispatched),
    ]);
    const lease = this.options.leaseMs * 1000;
    return Number(await this.scripts.renew.run(this.redis, keysOf(scopes), [lease, ...values]));
  }

  /** Money that nobody has renewed: its process is gone. */
  async expired(limit: number): Promise<readonly PendingFacts[]> {
    const keys = [PENDING_LEASES, PENDING_FACTS];
    const reply = strings(await this.scripts.expired.run(this.redis, keys, [limit]));
    const found: PendingFacts[] = [];
    for (let place = 0; place < reply.length; place += 2) {
      found.push(readFacts(reply[place] ?? '', reply[place + 1] ?? ''));
    }
    return found;
  }

  private read({ scopes, cost }: Reservation, reply: unknown): RedisAnswer {
    // What RESERVE answers, as its comment says.
    const [code, now, since, found, missing] = reply as [
      number,
      number,
      number,
      number[][],
      number[],
    ];
    if (code === 3) {
      return { kind: 'new', waitMs: this.options.graceMs - (now - since) / 1000, since };
    }
    if (code === 2) {
      return {
        kind: 'unknown',
        scopes: [...new Set(missing.map((place) => scopes[place]?.id ?? ''))],
        since,
      };
    }
    const demands = demandsOf({ scopes, cost });
    const measures = found.map(([scope = 0, kind = 0, used = 0, reset = 0, frees = 0]) => {
      const [id, name] = [scopes[scope]?.id, LIMIT_NAMES[kind]];
      const demand = demands.find((one) => one.scope.id === id && one.name === name);
      if (!demand) throw new Error('Redis measured a limit that nobody asked for');
      const asked = code === 4 ? { ...demand, amount: 0 } : demand;
      const window = this.options.windowMs * 1000;
      return measureOf(asked, { used, now, ...(kind < 3 && { window: { reset, frees, window } }) });
    });
    const verdict = verdictOf(measures);
    const judged = code === 4 ? ({ ok: true, states: verdict.states } as const) : verdict;
    return { kind: 'judged', verdict: judged, since, now };
  }
}

/** As RESERVE has them. */
const LIMIT_LIMITS = [
  'requestsPerMinute',
  'readsPerMinute',
  'tokensPerMinute',
  'maxConcurrentRequests',
  'dailyBudgetNanoUsd',
  'monthlyBudgetNanoUsd',
] as const;

const keysOf = (scopes: readonly string[]): string[] => [
  SINCE,
  PENDING_LEASES,
  PENDING_FACTS,
  ...scopes.flatMap(scopeKeys),
];

const keysFor = ({ scopes }: Reservation): string[] => keysOf(scopes.map(({ id }) => id));

const strings = (reply: unknown): readonly string[] =>
  Array.isArray(reply) ? reply.map((item) => String(item)) : [];

/** A pattern's own characters, taken as they are; `*` at its end is meant. */
const escaped = (pattern: string): string => pattern.replaceAll(/[[\]?\\]/g, String.raw`\$&`);
