/**
 * What may be taken; whatever is absent is not limited. A tenant's own policy overrides its plan's,
 * field by field; a key's policy holds besides its tenant's, so that it can only narrow it.
 */
export interface Policy {
  /** Calls in any 60 s, reads of the gateway's own resources not counted. */
  readonly requestsPerMinute?: number;
  /** Reads of tasks, deliveries and usage in any 60 s. */
  readonly readsPerMinute?: number;
  /** Tokens of the pass-through in any 60 s: reserved as an upper bound, settled after. */
  readonly tokensPerMinute?: number;
  /** Open calls of the pass-through at once. */
  readonly maxConcurrentRequests?: number;
  /** Tasks at vendors at once. Of a tenant or plan, not of a key. */
  readonly maxConcurrentTasks?: number;
  /** Unfinished tasks. Of a tenant or plan, not of a key. */
  readonly maxQueuedTasks?: number;
  /** Share among tenants where a vendor's slots are short; 1 when absent. More than 0, at most 1000. Of a tenant or plan. */
  readonly weight?: number;
  /** USD a day in UTC. */
  readonly dailyBudgetUsd?: number;
  /** USD a calendar month in UTC. */
  readonly monthlyBudgetUsd?: number;
  /** Names of models, as globs (`gpt-5*`). What is denied is denied, whatever is allowed. */
  readonly models?: NameRules;
  /** Normalised paths, as globs (`/v1/chat/*`), with or without a method (`POST /v1/files`). */
  readonly endpoints?: NameRules;
  /** The most tokens that one call may ask to have generated. */
  readonly maxTokens?: number;
  /** Hosts that callbacks may go to, as globs (`*.example.com`). */
  readonly callbackHosts?: readonly string[];
  /** Networks (CIDR) or addresses that calls may come from. */
  readonly clientNetworks?: readonly string[];
}

/** Globs: `*` is any run of characters, also none, `/` included. An absent `allow` allows all. */
export interface NameRules {
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
}

/** A named policy. The one named `default` is that of tenants without a plan. */
export interface Plan {
  readonly name: string;
  readonly policy: Policy;
}

/** The policy in force: the tenant's own fields before its plan's. */
export const effectivePolicy = (plan: Policy, own: Policy): Policy => ({ ...plan, ...own });
