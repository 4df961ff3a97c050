import { chooseNext, type LaneRules } from '../choose-next.js';
import type { LaneState, LaneView, WaitingTenant } from '../dispatch.store.js';

export const NOW = new Date('2026-06-01T12:00:00.000Z');
export const EMPTY: LaneState = { cursor: null, deficits: {}, buckets: {} };
export const COSTS: Readonly<Record<string, number>> = { thumb: 2, image: 10, video: 300 };

export const rules = (inFlight: number, fields: Partial<LaneRules> = {}): LaneRules => ({
  accounts: [{ id: 'v:1', limits: { inFlight, submitsPerSecond: 1_000, checksPerSecond: 10 } }],
  costOf: (model) => COSTS[model] ?? 1,
  headsPerTenant: 50,
  maxTenants: 200,
  ...fields,
});

export const tenant = (
  id: string,
  waiting: number,
  fields: Partial<WaitingTenant> & { readonly model?: string } = {},
): WaitingTenant => ({
  id,
  weight: 1,
  maxConcurrent: null,
  inFlight: 0,
  waiting: Array.from({ length: waiting }, (_, index) => ({
    id: `${id}-${index}`,
    version: 0,
    model: fields.model ?? 'image',
  })),
  ...fields,
});

export const view = (
  tenants: readonly WaitingTenant[],
  fields: Partial<LaneView> = {},
): LaneView => ({
  provider: 'v',
  now: NOW,
  inFlight: new Map(),
  tenants,
  state: EMPTY,
  breakers: new Map(),
  accounts: new Map(),
  troubles: new Map(),
  ...fields,
});

export const ids = (decision: ReturnType<typeof chooseNext>): readonly string[] =>
  decision.admit.map(({ taskId }) => taskId);

export const ownerOf = (taskId: string): string => taskId.split('-')[0] ?? '';

/** Jobs that each tenant had sent in so many turns of one free slot each, everybody always waiting. */
export function served(tenants: readonly WaitingTenant[], turns: number): Map<string, number> {
  const counts = new Map<string, number>();
  let state = EMPTY;
  for (let turn = 0; turn < turns; turn += 1) {
    const now = new Date(NOW.getTime() + turn * 1_000);
    const decision = chooseNext(view(tenants, { state, now }), rules(1));
    state = decision.state;
    for (const id of ids(decision)) counts.set(ownerOf(id), (counts.get(ownerOf(id)) ?? 0) + 1);
  }
  return counts;
}
