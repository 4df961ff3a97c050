import { describe, expect, it } from 'vitest';
import { chooseNext } from './choose-next.js';
import { EMPTY, ids, ownerOf, rules, served, tenant, view } from './testing/lane.js';

describe('chooseNext', () => {
  it('sends what waits, in the order of its tenant, with its version and account', () => {
    expect(chooseNext(view([tenant('a', 2)]), rules(5)).admit).toEqual([
      { taskId: 'a-0', version: 0, account: 'v:1' },
      { taskId: 'a-1', version: 0, account: 'v:1' },
    ]);
  });

  it('changes nothing when nothing can be sent', () => {
    const full = view([tenant('a', 2)], { inFlight: new Map([['v:1', 5]]) });

    expect(chooseNext(full, rules(5))).toEqual({
      admit: [],
      state: EMPTY,
      breakers: new Map(),
      troubles: new Map(),
    });
    expect(chooseNext(full, rules(5)).state).toBe(EMPTY);
    expect(chooseNext(view([]), rules(5)).admit).toEqual([]);
  });

  it('sends nothing of a vendor that has no account', () => {
    expect(chooseNext(view([tenant('a', 2)]), rules(5, { accounts: [] })).admit).toEqual([]);
  });

  it('serves one who has a single task within a round, whatever the others have', () => {
    const decision = chooseNext(view([tenant('a', 50), tenant('b', 1)]), rules(3));

    expect(ids(decision)).toContain('b-0');
  });

  it('serves one who has a single task within two turns of one slot each', () => {
    const first = chooseNext(view([tenant('a', 50), tenant('b', 1)]), rules(1));
    const { state } = first;
    const second = chooseNext(view([tenant('a', 50), tenant('b', 1)], { state }), rules(1));

    expect([...ids(first), ...ids(second)]).toContain('b-0');
  });

  it.each([
    [1, 1],
    [3, 1],
    [0.5, 1.5],
    [10, 1],
    [2.5, 1],
  ])('shares by weight: %d to %d', (heavy, light) => {
    const counts = served(
      [tenant('a', 20, { weight: heavy }), tenant('b', 20, { weight: light })],
      800,
    );

    const ratio = (counts.get('a') ?? 0) / (counts.get('b') ?? 1);
    expect(ratio / (heavy / light)).toBeGreaterThan(0.9);
    expect(ratio / (heavy / light)).toBeLessThan(1.1);
  });

  it("shares the vendor's time, not the number of jobs", () => {
    const counts = served(
      [tenant('a', 50, { model: 'video' }), tenant('b', 50, { model: 'thumb' })],
      3_000,
    );

    const ratio = (counts.get('b') ?? 0) / (counts.get('a') ?? 1);
    expect(ratio).toBeGreaterThan(135);
    expect(ratio).toBeLessThan(165);
  });

  it('serves in one turn by weight too, although one line is read to its end', () => {
    const tenants = [tenant('a', 50, { weight: 3 }), tenant('b', 50)];

    const chosen = ids(chooseNext(view(tenants), rules(1_000))).map(ownerOf);

    expect(chosen.filter((owner) => owner === 'a')).toHaveLength(50);
    expect(chosen.filter((owner) => owner === 'b').length).toBeLessThan(20);
  });

  it('lets no tenant hold more than it may, over all vendors', () => {
    const capped = tenant('a', 50, { maxConcurrent: 4, inFlight: 2 });

    expect(ids(chooseNext(view([capped, tenant('b', 1)]), rules(20)))).toEqual([
      'a-0',
      'b-0',
      'a-1',
    ]);
  });

  it('forgets what is owed to those who no longer wait', () => {
    const state = { ...EMPTY, deficits: { gone: 500, a: 1 } };

    const decision = chooseNext(view([tenant('a', 3)], { state }), rules(1));

    expect(Object.keys(decision.state.deficits)).toEqual(['a']);
  });

  it('owes nobody more than a visit and its dearest job, however long it was held back', () => {
    const state = { ...EMPTY, deficits: { a: 1e9 } };
    const held = tenant('a', 1, { maxConcurrent: 0 });

    const decision = chooseNext(view([held, tenant('b', 1)], { state }), rules(1));

    expect(decision.state.deficits['a']).toBe(20);
  });

  it('goes on to tenants that were not read, when nobody of those who were may be served', () => {
    const held = ['a', 'b'].map((id) => tenant(id, 1, { maxConcurrent: 0 }));

    const decision = chooseNext(view(held), rules(1, { maxTenants: 2 }));

    expect(decision).toMatchObject({ admit: [], state: { cursor: 'b' } });
  });

  it('remembers what it owes to tenants that were not read', () => {
    const state = { ...EMPTY, deficits: { z: 7 } };

    const decision = chooseNext(view([tenant('a', 1)], { state }), rules(1, { maxTenants: 1 }));

    expect(decision.state.deficits).toMatchObject({ z: 7 });
  });

  it('serves a tenant of weight 0 when nobody else waits', () => {
    expect(ids(chooseNext(view([tenant('a', 1, { weight: 0 })]), rules(1)))).toEqual(['a-0']);
  });
});
