import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseNext } from './choose-next.js';
import type { LaneView } from './dispatch.store.js';
import { COSTS, EMPTY, ids, NOW, ownerOf, rules, served, tenant, view } from './testing/lane.js';

const MODELS = Object.keys(COSTS);
const anyTenant = (index: number) =>
  fc
    .record({
      weight: fc.constantFrom(0.1, 0.5, 1, 2, 3, 10),
      maxConcurrent: fc.option(fc.integer({ min: 0, max: 6 })),
      inFlight: fc.integer({ min: 0, max: 4 }),
      models: fc.array(fc.constantFrom(...MODELS), { minLength: 1, maxLength: 8 }),
    })
    .map(({ models, ...fields }) => ({
      id: `t${index}`,
      ...fields,
      waiting: models.map((model, place) => ({ id: `t${index}-${place}`, version: 0, model })),
    }));
const tenantsAnyhow = fc
  .integer({ min: 1, max: 5 })
  .chain((count) => fc.tuple(...Array.from({ length: count }, (_, index) => anyTenant(index))));
const anyLane = fc.record({
  tenants: tenantsAnyhow,
  inFlight: fc.integer({ min: 0, max: 8 }),
  limit: fc.integer({ min: 0, max: 12 }),
  breakers: fc.subarray(MODELS),
  cursor: fc.option(fc.constantFrom('t0', 't1', 't3', 'zz')),
});
type AnyLane = typeof anyLane extends fc.Arbitrary<infer T> ? T : never;
const laneOf = ({ tenants, inFlight, breakers, cursor }: AnyLane): LaneView =>
  view(tenants, {
    inFlight: new Map([['v:1', inFlight]]),
    state: { ...EMPTY, cursor },
    breakers: new Map(
      breakers.map((model) => [model, { failures: 5, openUntil: NOW.getTime() + 1, opened: 1 }]),
    ),
  });

describe('in every lane', () => {
  it('no limit is passed, and no slot stays free while somebody may have it', () => {
    fc.assert(
      fc.property(anyLane, (lane) => {
        const { admit } = chooseNext(laneOf(lane), rules(lane.limit));

        const free = Math.max(lane.limit - lane.inFlight, 0);
        const may = lane.tenants.map(({ id, maxConcurrent, inFlight, waiting }) => {
          const sendable = waiting.filter(({ model }) => !lane.breakers.includes(model)).length;
          const room = maxConcurrent === null ? sendable : Math.max(maxConcurrent - inFlight, 0);
          return { id, most: Math.min(sendable, room) };
        });
        const most = may.reduce((sum, tenantMay) => sum + tenantMay.most, 0);
        expect(admit).toHaveLength(Math.min(free, most));
        for (const { id, most: own } of may) {
          expect(admit.filter(({ taskId }) => ownerOf(taskId) === id).length).toBeLessThanOrEqual(
            own,
          );
        }
        expect(new Set(admit.map(({ taskId }) => taskId)).size).toBe(admit.length);
      }),
    );
  });

  it('the equal view gives the equal decision', () => {
    fc.assert(
      fc.property(anyLane, (lane) => {
        expect(chooseNext(laneOf(lane), rules(lane.limit))).toEqual(
          chooseNext(laneOf(lane), rules(lane.limit)),
        );
      }),
    );
  });

  it('every task is sent in the end, a slot at a time, whatever its tenant weighs', () => {
    fc.assert(
      fc.property(tenantsAnyhow, (tenants) => {
        let waiting = tenants.map((line) => ({ ...line, maxConcurrent: null }));
        let state = EMPTY;
        const total = waiting.reduce((sum, line) => sum + line.waiting.length, 0);
        for (let turn = 0; turn < total; turn += 1) {
          const now = new Date(NOW.getTime() + turn * 1_000);
          const decision = chooseNext(view(waiting, { state, now }), rules(1));
          expect(decision.admit).toHaveLength(1);
          state = decision.state;
          const sent = new Set(ids(decision));
          waiting = waiting
            .map((line) => ({ ...line, waiting: line.waiting.filter(({ id }) => !sent.has(id)) }))
            .filter((line) => line.waiting.length > 0);
        }
        expect(waiting).toEqual([]);
      }),
    );
  });

  it('nobody waits longer than the round of the others takes', () => {
    const weights = fc.array(fc.constantFrom(1, 2, 3, 5), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(weights, (others) => {
        const tenants = [
          ...others.map((weight, index) => tenant(`t${index}`, 50, { weight })),
          tenant('zlast', 1),
        ];
        const round = others.reduce<number>((sum, weight) => sum + weight, 1);

        expect(served(tenants, round).get('zlast')).toBe(1);
      }),
    );
  });
});
