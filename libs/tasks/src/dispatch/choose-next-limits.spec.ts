import { describe, expect, it } from 'vitest';
import { chooseNext } from './choose-next.js';
import type { LaneView, WaitingTenant } from './dispatch.store.js';
import { EMPTY, ids, NOW, rules, tenant, view } from './testing/lane.js';

const two = (fields: Partial<LaneView>) =>
  chooseNext(view([tenant('a', 50)], fields), {
    ...rules(10),
    accounts: [
      { id: 'v:1', limits: { inFlight: 10, submitsPerSecond: 100, checksPerSecond: 1 } },
      { id: 'v:2', limits: { inFlight: 5, submitsPerSecond: 100, checksPerSecond: 1 } },
    ],
  }).admit.map(({ account }) => account);
const count = (accounts: readonly string[], id: string) =>
  accounts.filter((account) => account === id).length;

describe('accounts', () => {
  it('are filled evenly, by the share of their limit', () => {
    expect(two({}).slice(0, 3).toSorted()).toEqual(['v:1', 'v:1', 'v:2']);
    expect(count(two({}), 'v:1')).toBe(10);
    expect(count(two({}), 'v:2')).toBe(5);
  });

  it('of different weights are sent their shares, turn by turn', () => {
    const limits = { inFlight: 10, submitsPerSecond: 1_000, checksPerSecond: 1 };
    const accounts = [
      { id: 'v:old', limits, weight: 0.9 },
      { id: 'v:new', limits, weight: 0.1 },
    ];
    const sent: string[] = [];
    let state = EMPTY;
    for (let turn = 0; turn < 100; turn += 1) {
      // One waits at a time, and is over before the next comes: nothing is ever in flight.
      const now = new Date(NOW.getTime() + turn * 1_000);
      const decision = chooseNext(view([tenant('a', 1)], { state, now }), {
        ...rules(10),
        accounts,
      });
      sent.push(...decision.admit.map(({ account }) => account));
      // As it comes back out of its row.
      state = JSON.parse(JSON.stringify(decision.state)) as typeof state;
    }

    expect(sent).toHaveLength(100);
    expect(count(sent, 'v:new')).toBe(10);
  });

  it('are left alone while they rest, and have fewer slots after being throttled', () => {
    const now = NOW.getTime();
    const resting = { limit: 10, throttledAt: 0, coolUntil: now + 1 };
    const lowered = { limit: 3, throttledAt: now - 60_000, coolUntil: now };

    expect(count(two({ accounts: new Map([['v:1', resting]]) }), 'v:1')).toBe(0);
    expect(count(two({ accounts: new Map([['v:1', lowered]]) }), 'v:1')).toBe(4);
  });

  it('are sent no more in a second than they allow', () => {
    const slow = rules(100, {
      accounts: [{ id: 'v:1', limits: { inFlight: 100, submitsPerSecond: 2, checksPerSecond: 1 } }],
    });
    const sent: number[] = [];
    let state = EMPTY;
    for (const afterMs of [0, 250, 500, 1_000, 10_000]) {
      const now = new Date(NOW.getTime() + afterMs);
      const decision = chooseNext(view([tenant('a', 20)], { state, now }), slow);
      state = decision.state;
      sent.push(decision.admit.length);
    }

    expect(sent).toEqual([2, 0, 1, 1, 2]);
  });
});

describe('troubles', () => {
  const now = NOW.getTime();
  const trouble = { since: 0, why: 'HTTP 401', waitMs: 60_000 };
  const early = { ...trouble, probeAt: now + 1 };
  const due = { ...trouble, probeAt: now };
  const mixed: WaitingTenant = {
    ...tenant('a', 0),
    waiting: ['video', 'image', 'video', 'image'].map((model, index) => ({
      id: `a-${index}`,
      version: 0,
      model,
    })),
  };

  it('keep everything from an account that is refused, and send it to the other one', () => {
    const accounts = two({ troubles: new Map([['v:1', early]]) });

    expect([count(accounts, 'v:1'), count(accounts, 'v:2')]).toEqual([0, 5]);
  });

  it('let one task through when it is time to see, and remember that', () => {
    const decision = chooseNext(view([mixed], { troubles: new Map([['v:1', due]]) }), rules(9));

    expect(ids(decision)).toHaveLength(1);
    expect([...decision.troubles]).toEqual([
      ['v:1', { ...due, probeAt: now + 60_000, probing: true }],
    ]);
    const next = view([mixed], { troubles: decision.troubles, state: decision.state });
    expect(chooseNext(next, rules(9)).admit).toEqual([]);
  });

  it('with one model keep nothing but that model from the account', () => {
    const troubles = new Map([['v:1/video', early]]);

    expect(ids(chooseNext(view([mixed], { troubles }), rules(9)))).toEqual(['a-1', 'a-3']);
  });

  it('with one model let one task of it through when it is time', () => {
    const troubles = new Map([['v:1/video', due]]);

    const decision = chooseNext(view([mixed], { troubles }), rules(9));

    expect(ids(decision).toSorted()).toEqual(['a-0', 'a-1', 'a-3']);
    expect([...decision.troubles.keys()]).toEqual(['v:1/video']);
  });

  it('end the turn when what is free is free for nobody', () => {
    const crowd = [tenant('a', 50, { model: 'video' }), tenant('b', 50, { model: 'video' })];

    expect(
      chooseNext(view(crowd, { troubles: new Map([['v:1/video', early]]) }), rules(9)),
    ).toEqual({
      admit: [],
      state: EMPTY,
      breakers: new Map(),
      troubles: new Map(),
    });
  });
});

describe('breakers', () => {
  const now = NOW.getTime();
  const open = { failures: 5, openUntil: now + 1, opened: 1 };
  const halfOpen = { failures: 5, openUntil: now, opened: 1 };
  const mixed: WaitingTenant = {
    ...tenant('a', 0),
    waiting: ['video', 'image', 'video', 'image'].map((model, index) => ({
      id: `a-${index}`,
      version: 0,
      model,
    })),
  };

  it('that are open hold back their model, not what waits behind it', () => {
    const decision = chooseNext(view([mixed], { breakers: new Map([['video', open]]) }), rules(9));

    expect(ids(decision)).toEqual(['a-1', 'a-3']);
    expect(decision.breakers.size).toBe(0);
  });

  it('that are half-open let one task through, over all tenants, and close behind it', () => {
    const breakers = new Map([['video', halfOpen]]);
    const tenants = [mixed, tenant('b', 3, { model: 'video' })];

    const decision = chooseNext(view(tenants, { breakers }), rules(20));
    const next = chooseNext(
      view(tenants, { breakers: decision.breakers, state: decision.state }),
      rules(20),
    );

    expect(ids(decision).filter((id) => id !== 'a-1' && id !== 'a-3')).toHaveLength(1);
    expect(decision.breakers.get('video')).toMatchObject({ probing: true, opened: 1 });
    expect(ids(next)).toEqual(['a-1', 'a-3']);
  });
});
