import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UpstreamAccounts } from '../upstream-accounts.js';
import { keysOf } from '../testing/keys-of.js';
import { aRoute, aTarget } from '../testing/a-route.js';
import { type PlanFacts, planRoute } from './plan-route.js';
import { DEFAULT_CLOCKS } from './route.js';

const known = (keys: string) => ({
  weight: 1,
  accounts: new UpstreamAccounts({ keys: () => keysOf(...keys.split(',').filter(Boolean)) }),
});

const facts = (more: Partial<PlanFacts> = {}): PlanFacts => ({
  route: null,
  model: 'm',
  pin: null,
  upstream: () => known('sk'),
  health: () => ({ kind: 'well' }),
  allows: () => true,
  random: () => 0.5,
  ...more,
});

const names = (more: Partial<PlanFacts>) =>
  planRoute(facts(more)).candidates.map(({ upstream, model }) => `${upstream}/${model}`);

describe('where a call goes', () => {
  it('without a route: to the upstream of the environment, as the caller names the model', () => {
    expect(planRoute(facts())).toMatchObject({
      route: null,
      candidates: [{ upstream: 'openai', model: 'm', skip: null }],
      clocks: DEFAULT_CLOCKS,
      retries: 2,
      delivery: 'live',
    });
  });

  it('with a route: to its targets by their order, each by its own name of the model', () => {
    const targets = [
      aTarget({ upstream: 'c', order: 2 }),
      aTarget({ upstream: 'a', model: 'big', order: 0 }),
      aTarget({ upstream: 'b', order: 1 }),
    ];

    expect(names({ route: aRoute('*', { targets }) })).toEqual(['a/big', 'b/m', 'c/m']);
  });

  it('shares out targets of equal order by weight', () => {
    const targets = [
      aTarget({ upstream: 'a', weight: 3 }),
      aTarget({ upstream: 'b', weight: 1 }),
      aTarget({ upstream: 'last', weight: 1000, order: 1 }),
    ];
    const firsts = new Map<string, number>();
    let seed = 1;
    const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
    for (let turn = 0; turn < 4_000; turn += 1) {
      const [first] = names({ route: aRoute('*', { targets }), random });
      firsts.set(first ?? '', (firsts.get(first ?? '') ?? 0) + 1);
    }

    expect(firsts.get('last/m')).toBeUndefined();
    expect((firsts.get('a/m') ?? 0) / 4_000).toBeCloseTo(0.75, 1);
  });

  it.each<[string, Partial<PlanFacts>, string]>([
    ['is gone', { upstream: () => null }, 'There is no upstream a.'],
    ['has no key', { upstream: () => known('') }, 'a has no key.'],
    ['policy forbids', { allows: () => false }, 'Policy does not allow big.'],
    [
      'keeps failing',
      { health: () => ({ kind: 'open', untilMs: 9 }) },
      'a keeps failing and is left alone for a while.',
    ],
  ])('skips a target that %s, and says so', (_, more, why) => {
    const plan = planRoute(
      facts({
        route: aRoute('*', { targets: [aTarget({ upstream: 'a', model: 'big' })] }),
        ...more,
      }),
    );

    expect(plan.candidates[0]?.skip).toBe(why);
  });

  it('asks the only upstream there is, also when it keeps failing', () => {
    const plan = planRoute(facts({ health: () => ({ kind: 'open', untilMs: 9 }) }));

    expect(plan.candidates[0]?.skip).toBeNull();
  });

  it('asks an upstream that wants everybody to wait behind the others', () => {
    const resting = known('sk');
    resting.accounts.take().answered(429, 30_000);
    const targets = [aTarget({ upstream: 'a' }), aTarget({ upstream: 'b', order: 1 })];
    const upstream = (name: string) => (name === 'a' ? resting : known('sk'));

    expect(names({ route: aRoute('*', { targets }), upstream })).toEqual(['b/m', 'a/m']);
  });

  it('goes where the objects live that the call names, whatever the route says', () => {
    const pin = { upstream: 'b', account: 'x' };
    const targets = [
      aTarget({ upstream: 'a' }),
      aTarget({ upstream: 'b', model: 'other', order: 1 }),
    ];

    expect(names({ pin, route: aRoute('*', { targets }) })).toEqual(['b/other']);
    expect(names({ pin, route: aRoute('*', { targets: [aTarget({ upstream: 'a' })] }) })).toEqual([
      'b/m',
    ]);
    expect(names({ pin })).toEqual(['b/m']);
  });

  it('names every target once, and a lower order always first', () => {
    const someTarget = fc.record({
      order: fc.nat(3),
      weight: fc.option(
        fc.nat(5).map((n) => n + 1),
        { nil: null },
      ),
    });
    fc.assert(
      fc.property(fc.array(someTarget, { minLength: 1, maxLength: 6 }), (given) => {
        const targets = given.map((one, at) => aTarget({ ...one, upstream: `u${at}` }));
        const asked = planRoute(facts({ route: aRoute('*', { targets }), random: Math.random }));
        const orders = asked.candidates.map(
          ({ upstream }) => given[Number(upstream.slice(1))]?.order,
        );
        expect(new Set(asked.candidates.map(({ upstream }) => upstream)).size).toBe(given.length);
        expect(orders).toEqual(orders.toSorted((a = 0, b = 0) => a - b));
      }),
    );
  });
});
