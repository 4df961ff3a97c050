import { QUEUE_PREFIX } from '../keys.js';

const PREFIX = `${QUEUE_PREFIX}:limits`;

/** When this Redis was new to limits; when it changes, Redis was emptied. */
export const SINCE = `${PREFIX}:since`;
/** Money on its way to the ledger: a sorted set of ids by the end of their leases, microseconds. */
export const PENDING_LEASES = `${PREFIX}:pending`;
/** By the same ids: `0` or `1` (dispatched) and JSON of `PendingFacts`. */
export const PENDING_FACTS = `${PREFIX}:pending-facts`;

const BALANCE = `${PREFIX}:balance:`;

/** How a scope's balance is found among all keys. */
export const ALL_BALANCES = `${BALANCE}*`;

export const balanceKey = (scope: string): string => BALANCE + scope;

/** Everything that is counted of one scope, in the order in which the scripts have it. */
export const scopeKeys = (scope: string): readonly string[] => [
  `${PREFIX}:requests:${scope}`,
  `${PREFIX}:reads:${scope}`,
  `${PREFIX}:tokens:${scope}`,
  `${PREFIX}:token-amounts:${scope}`,
  `${PREFIX}:slots:${scope}`,
  balanceKey(scope),
  `${PREFIX}:money:${scope}`,
];
