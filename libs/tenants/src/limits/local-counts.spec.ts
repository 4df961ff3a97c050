import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Balance, Cost, LimitScope, Reservation } from './limiter.js';
import { LocalCounts } from './local-counts.js';

const MINUTE = 60_000_000;
const START = Date.UTC(2026, 10, 23, 12) * 1000;
const COST: Cost = { requests: 1, reads: 0, tokens: 0, concurrent: 0, nanoUsd: 0 };

const scope = (limits: LimitScope['limits'], id = 'tn_1'): LimitScope => ({ id, limits });
const call = (
  id: string,
  scopes: readonly LimitScope[],
  cost: Partial<Cost> = {},
): Reservation => ({
  id,
  scopes,
  cost: { ...COST, ...cost },
});
const balance = (more: Partial<Balance> = {}): Balance => ({
  scope: 'tn_1',
  version: 1n,
  day: '2026-11-23',
  daySpent: 0n,
  month: '2026-11',
  monthSpent: 0n,
  spent: 0n,
  held: 0n,
  ...more,
});
const facts = (now: number, known: Balance | null = null) => ({ now, balanceOf: () => known });
const counts = () => new LocalCounts({ windowMicros: MINUTE, leaseMicros: MINUTE });

describe('a limit of requests', () => {
  it('lets no more than it says through in any minute, and says when the next may come', () => {
    const limits = counts();
    const two = [scope({ requestsPerMinute: 2 })];
    limits.reserve(call('a', two), facts(START));
    limits.reserve(call('b', two), facts(START + 10_000_000));

    const third = limits.reserve(call('c', two), facts(START + 20_000_000));
    expect(third).toMatchObject({
      ok: false,
      refused: { name: 'requests', limit: 2, remaining: 0, resetMs: 50_000, scope: 'tn_1' },
      retryAfterMs: 40_000,
    });
    expect(limits.reserve(call('c', two), facts(START + MINUTE - 1))).toMatchObject({ ok: false });
    expect(limits.reserve(call('c', two), facts(START + MINUTE))).toMatchObject({
      ok: true,
      states: [{ name: 'requests', remaining: 0, resetMs: 60_000 }],
    });
  });

  it('of a key holds besides that of its tenant, and a refusal by either takes nothing of both', () => {
    const limits = counts();
    const both = [scope({ requestsPerMinute: 5 }), scope({ requestsPerMinute: 1 }, 'key_1')];
    limits.reserve(call('a', both), facts(START));

    expect(limits.reserve(call('b', both), facts(START))).toMatchObject({
      ok: false,
      refused: { scope: 'key_1' },
    });
    const tenant = limits.reserve(call('c', both.slice(0, 1)), facts(START));
    expect(tenant).toMatchObject({ ok: true, states: [{ remaining: 3 }] });
  });

  it('is not used by what was given back, nor twice by the same call', () => {
    const limits = counts();
    const one = [scope({ requestsPerMinute: 1 })];
    limits.reserve(call('a', one), facts(START));

    expect(limits.reserve(call('a', one), facts(START))).toMatchObject({ ok: true });
    limits.release(call('a', one));
    limits.release(call('a', one));
    expect(limits.reserve(call('b', one), facts(START))).toMatchObject({ ok: true });
    expect(limits.reserve(call('c', one), facts(START))).toMatchObject({ ok: false });
  });
});

describe('a limit of tokens', () => {
  const limit = [scope({ tokensPerMinute: 100 })];

  it('keeps an upper bound back, and then what was used, at the place where it was taken', () => {
    const limits = counts();
    limits.reserve(call('a', limit, { tokens: 100 }), facts(START));
    expect(limits.reserve(call('b', limit, { tokens: 1 }), facts(START))).toMatchObject({
      ok: false,
    });

    limits.settle(call('a', limit), 40);
    limits.settle(call('a', limit), 40);

    expect(limits.reserve(call('b', limit, { tokens: 60 }), facts(START + 1))).toMatchObject({
      ok: true,
    });
    expect(limits.reserve(call('c', limit, { tokens: 50 }), facts(START + 2))).toMatchObject({
      ok: false,
      retryAfterMs: 60_000,
    });
  });

  it('says of a call that is larger than it that waiting is in vain', () => {
    expect(counts().reserve(call('a', limit, { tokens: 101 }), facts(START))).toMatchObject({
      ok: false,
      retryAfterMs: null,
    });
  });
});

describe('a limit of calls at once', () => {
  const one = [scope({ maxConcurrentRequests: 1 })];

  it('frees a slot when a call is over, and when its lease is', () => {
    const limits = counts();
    limits.reserve(call('a', one, { concurrent: 1 }), facts(START));
    expect(limits.reserve(call('b', one, { concurrent: 1 }), facts(START))).toMatchObject({
      ok: false,
    });

    limits.settle(call('a', one), 0);
    expect(limits.reserve(call('b', one, { concurrent: 1 }), facts(START))).toMatchObject({
      ok: true,
    });

    const later = facts(START + MINUTE);
    expect(limits.reserve(call('c', one, { concurrent: 1 }), later)).toMatchObject({ ok: true });
  });
});

describe('a budget', () => {
  const ten = [scope({ dailyBudgetNanoUsd: 10 })];

  it('is unknown until somebody says what is spent', () => {
    expect(counts().reserve(call('a', ten, { nanoUsd: 1 }), facts(START))).toEqual({
      unknown: ['tn_1'],
    });
  });

  it('counts what was spent today, what is held, and what is on its way', () => {
    const limits = counts();
    const known = balance({ daySpent: 3n, held: 4n });
    expect(limits.reserve(call('a', ten, { nanoUsd: 2 }), facts(START, known))).toMatchObject({
      ok: true,
    });
    expect(limits.reserve(call('b', ten, { nanoUsd: 2 }), facts(START, known))).toMatchObject({
      ok: false,
      refused: { name: 'daily-budget', remaining: 1, resetMs: 12 * 3_600_000 },
    });

    limits.confirm(call('a', ten));
    const newer = balance({ version: 2n, daySpent: 3n, held: 6n });
    expect(limits.reserve(call('b', ten, { nanoUsd: 1 }), facts(START, newer))).toMatchObject({
      ok: true,
    });
  });

  it('is whole on the next day, but for what is held', () => {
    const limits = counts();
    const known = balance({ daySpent: 10n, monthSpent: 10n, held: 4n });
    const tomorrow = START + 12 * 3_600_000_000;
    expect(
      limits.reserve(call('a', ten, { nanoUsd: 1 }), facts(tomorrow - 1000, known)),
    ).toMatchObject({
      ok: false,
    });
    expect(limits.reserve(call('a', ten, { nanoUsd: 6 }), facts(tomorrow, known))).toMatchObject({
      ok: true,
    });
  });

  it('of a month lasts to its end', () => {
    const month = [scope({ monthlyBudgetNanoUsd: 10 })];
    const known = balance({ monthSpent: 10n });
    const december = Date.UTC(2026, 11, 1) * 1000;
    expect(
      counts().reserve(call('a', month, { nanoUsd: 1 }), facts(december - 1000, known)),
    ).toMatchObject({
      ok: false,
      refused: { name: 'monthly-budget', resetMs: 1 },
    });
    expect(
      counts().reserve(call('a', month, { nanoUsd: 1 }), facts(december, known)),
    ).toMatchObject({ ok: true });
  });

  it('lets pass what costs nothing, although it is used up', () => {
    const known = balance({ daySpent: 10n });
    expect(counts().reserve(call('a', ten), facts(START, known))).toEqual({ ok: true, states: [] });
  });
});

describe('whatever calls come', () => {
  const limited = scope({ requestsPerMinute: 4, tokensPerMinute: 30, maxConcurrentRequests: 3 });
  const step = fc.record({
    after: fc.integer({ min: 0, max: 30_000_000 }),
    tokens: fc.integer({ min: 1, max: 20 }),
    end: fc.constantFrom('open', 'settle', 'release'),
    used: fc.integer({ min: 0, max: 20 }),
  });

  it('never more is counted than the limits say, and a refusal is one that a count by hand makes', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const limits = counts();
        let taken: { at: number; tokens: number; open: boolean }[] = [];
        let now = START;
        for (const [index, { after, tokens, end, used }] of steps.entries()) {
          now += after;
          const reservation = call(`r${index}`, [limited], { tokens, concurrent: 1 });
          const recent = taken.filter(({ at }) => at > now - MINUTE);
          const fits =
            recent.length < 4 &&
            recent.reduce((sum, one) => sum + one.tokens, 0) + tokens <= 30 &&
            recent.filter(({ open }) => open).length < 3;

          const answer = limits.reserve(reservation, facts(now));

          expect(answer).toMatchObject({ ok: fits });
          if (!fits || end === 'release') {
            if (fits) limits.release(reservation);
            continue;
          }
          if (end === 'settle') limits.settle(reservation, used);
          const open = end === 'open';
          taken = [...recent, { at: now, tokens: open ? tokens : used, open }];
        }
      }),
    );
  });
});
