import type { Cost, LimitName, Limits, LimitScope, Reservation } from './limiter.js';

/** Each limit: where a policy has it, and what of a call counts against it. */
const DIMENSIONS = {
  requests: { limit: 'requestsPerMinute', cost: 'requests' },
  reads: { limit: 'readsPerMinute', cost: 'reads' },
  tokens: { limit: 'tokensPerMinute', cost: 'tokens' },
  concurrency: { limit: 'maxConcurrentRequests', cost: 'concurrent' },
  'daily-budget': { limit: 'dailyBudgetNanoUsd', cost: 'nanoUsd' },
  'monthly-budget': { limit: 'monthlyBudgetNanoUsd', cost: 'nanoUsd' },
} as const satisfies Record<LimitName, { limit: keyof Limits; cost: keyof Cost }>;

export const LIMIT_NAMES = [
  'requests',
  'reads',
  'tokens',
  'concurrency',
  'daily-budget',
  'monthly-budget',
] as const satisfies readonly LimitName[];

/** What a call of this cost takes of a limit. */
export const takenOf = (name: LimitName, cost: Cost): number => cost[DIMENSIONS[name].cost];

/** One limit that a call meets. */
export interface Demand {
  readonly scope: LimitScope;
  readonly name: LimitName;
  readonly limit: number;
  readonly amount: number;
}

/** Every limit of every scope that the call costs; none: nobody has to be asked. */
export function demandsOf({ scopes, cost }: Pick<Reservation, 'scopes' | 'cost'>) {
  return scopes.flatMap((scope): readonly Demand[] =>
    LIMIT_NAMES.flatMap((name) => {
      const dimension = DIMENSIONS[name];
      const limit = scope.limits[dimension.limit];
      const amount = takenOf(name, cost);
      return limit === undefined || amount === 0 ? [] : [{ scope, name, limit, amount }];
    }),
  );
}

export const isBudget = (name: LimitName): boolean =>
  name === 'daily-budget' || name === 'monthly-budget';

/** The scopes in which the call's money is kept back until the ledger has it. */
export const budgetScopes = (reservation: Pick<Reservation, 'scopes' | 'cost'>) => [
  ...new Set(
    demandsOf(reservation).flatMap(({ name, scope }) => (isBudget(name) ? [scope.id] : [])),
  ),
];

/** The scopes in which the call has a slot until it is over. */
export const slotScopes = (reservation: Pick<Reservation, 'scopes' | 'cost'>) =>
  demandsOf(reservation).flatMap(({ name, scope }) => (name === 'concurrency' ? [scope.id] : []));
