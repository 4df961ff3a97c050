import { GatewayError } from '@app/errors';
import { nanoUsd } from '@app/prices';
import type { PreparedTask } from '@app/tasks';
import {
  Confirmations,
  hasBudget,
  type Identity,
  Limiter,
  limitScopes,
  type LimitState,
  refuseLimit,
  type Reservation,
  usd,
} from '@app/tenants';
import { Injectable } from '@nestjs/common';

/** What was reserved for a task. Exactly one of these follows. */
export interface Reserved {
  readonly states: readonly LimitState[];
  /** The task and its hold are committed, or nobody can tell whether they are. */
  committed(): void;
  /** Nothing was made: everything is given back. */
  release(): void;
}

/** Limits and budgets of tasks: one request, and what it may cost, before the commit. */
@Injectable()
export class TaskLimits {
  constructor(
    private readonly limiter: Limiter,
    private readonly confirmations: Confirmations,
  ) {}

  /**
   * @param maxCostUsd the most that the caller takes it for; null: none was named
   * @throws GatewayError RATE_LIMIT_EXCEEDED or BUDGET_EXCEEDED; then nothing was taken
   */
  async reserve(
    identity: Identity,
    prepared: PreparedTask,
    maxCostUsd: number | null,
  ): Promise<Reserved> {
    const reservation = reservationOf(identity, prepared, prepared.taskId);
    refuseCost(reservation, prepared, maxCostUsd);
    const verdict = await this.limiter.reserve(reservation);
    if (!verdict.ok) throw refuseLimit(verdict, { keyId: identity.keyId });
    return {
      states: verdict.states,
      committed: () => this.confirmations.add(reservation),
      release: () => this.limiter.release(reservation.id),
    };
  }

  /** Why it would not be taken now; null: it would. Nothing is taken. */
  async refusal(
    identity: Identity,
    prepared: PreparedTask,
    maxCostUsd: number | null,
  ): Promise<GatewayError | null> {
    const reservation = reservationOf(identity, prepared, `quote-${prepared.taskId}`);
    try {
      refuseCost(reservation, prepared, maxCostUsd);
    } catch (error) {
      if (error instanceof GatewayError) return error;
      throw error;
    }
    const verdict = await this.limiter.check(reservation);
    return verdict.ok ? null : refuseLimit(verdict, { keyId: identity.keyId });
  }
}

const reservationOf = (
  identity: Identity,
  { hold, model, provider }: PreparedTask,
  id: string,
): Reservation => ({
  id,
  scopes: limitScopes(identity),
  cost: { requests: 1, reads: 0, tokens: 0, concurrent: 0, nanoUsd: hold?.nanoUsd ?? 0 },
  ...(hold && {
    charge: {
      tenantId: identity.tenantId,
      keyId: identity.keyId,
      model: model.id,
      provider: provider.id,
      priceVersion: hold.priceVersion,
    },
  }),
});

function refuseCost(
  { scopes }: Reservation,
  { hold, model }: PreparedTask,
  maxCostUsd: number | null,
): void {
  if (!hold && maxCostUsd !== null) {
    throw tooDear(`Nobody knows what ${model.id} costs, so it cannot be kept below max_cost.`);
  }
  if (!hold && hasBudget(scopes)) {
    const message = `Nobody knows what ${model.id} costs, so it is not taken where there is a budget.`;
    throw new GatewayError('BUDGET_EXCEEDED', message, { param: 'model' });
  }
  if (!hold || maxCostUsd === null || hold.nanoUsd <= nanoUsd(maxCostUsd)) return;
  throw tooDear(
    `This task is estimated at ${usd(hold.nanoUsd)} USD, more than the ${maxCostUsd} USD of max_cost.`,
  );
}

const tooDear = (message: string): GatewayError =>
  new GatewayError('BUDGET_EXCEEDED', message, { param: 'max_cost' });
