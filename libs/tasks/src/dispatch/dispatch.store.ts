import type { Breaker } from '@app/outbound';
import type { AccountHealth } from './account-health.js';
import type { AccountTrouble } from './account-trouble.js';

/** Everything that one turn of the dispatcher decides by, read under the lane's lock. */
export interface LaneView {
  readonly provider: string;
  readonly now: Date;
  /** Slots in use, by account. */
  readonly inFlight: ReadonlyMap<string, number>;
  /** Tenants with something that waits and is due, in order of id. */
  readonly tenants: readonly WaitingTenant[];
  readonly state: LaneState;
  /** By model; a model that never failed is absent. */
  readonly breakers: ReadonlyMap<string, Breaker>;
  /** By account; an account that was never throttled is absent. */
  readonly accounts: ReadonlyMap<string, AccountHealth>;
  /** Accounts that the vendor refuses, by `troubleName`. */
  readonly troubles: ReadonlyMap<string, AccountTrouble>;
}

export interface WaitingTenant {
  readonly id: string;
  /** Share among tenants; 1 unless the tenant's policy says otherwise. */
  readonly weight: number;
  /** Slots that the tenant may hold, over all vendors; null: no limit of its own. */
  readonly maxConcurrent: number | null;
  /** Slots that it holds now, over all vendors. */
  readonly inFlight: number;
  /**
   * In the order in which the tenant wants them served; at most `headsPerTenant` of each model, none of
   * a model whose breaker is open. Empty when nothing is left then, or due.
   */
  readonly waiting: readonly WaitingTask[];
}

export interface WaitingTask {
  readonly id: string;
  readonly version: number;
  readonly model: string;
}

/** What a lane remembers between turns; JSON. */
export interface LaneState {
  /** Tenant that was visited last. */
  readonly cursor: string | null;
  /** What tenants are still owed, by tenant; only of those with something waiting. */
  readonly deficits: Readonly<Record<string, number>>;
  /**
   * Submits that each account may still send, and as of when (Unix milliseconds); `lastTurn` as in
   * `chooseByWeight`, absent where the version before wrote it.
   */
  readonly buckets: Readonly<
    Record<
      string,
      { readonly tokens: number; readonly at: number; readonly lastTurn?: number | null }
    >
  >;
}

export interface LaneDecision {
  readonly admit: readonly Admission[];
  readonly state: LaneState;
  /** Models whose half-open breaker lets one task through now. */
  readonly breakers: ReadonlyMap<string, Breaker>;
  /** Troubles, by `troubleName`, in which one task is let through to see. */
  readonly troubles: ReadonlyMap<string, AccountTrouble>;
}

export interface Admission {
  readonly taskId: string;
  readonly version: number;
  readonly account: string;
}

export interface TurnLimits {
  /** Waiting tasks read of each tenant and model. */
  readonly headsPerTenant: number;
  /** Tenants read in one turn, from the one after the cursor on. */
  readonly maxTenants: number;
}

/** The dispatcher's rows. */
export abstract class DispatchStore {
  /** Vendors for which something waits that is due. */
  abstract lanes(now: Date): Promise<readonly string[]>;

  /**
   * One turn of one lane under its lock: reads, lets `decide` (pure) choose, and writes. An admitted
   * task has its slot (`account`), a new version, an entry in its history and a submit ring in the
   * outbox, all in one commit; one that changed meanwhile (a cancel) is passed over.
   * Returns who was admitted, by the version that was read; null when another worker is at this lane.
   * A tenant whose slots another lane is counting at this moment is left for the next turn.
   */
  abstract turn(
    provider: string,
    limits: TurnLimits,
    decide: (view: LaneView) => LaneDecision,
  ): Promise<readonly Admission[] | null>;
}
