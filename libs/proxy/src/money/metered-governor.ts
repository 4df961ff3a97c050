import { currentPrices, type PriceTable } from '@app/prices';
import {
  type Cost,
  type LedgerSink,
  limitHeaders,
  type Limiter,
  type LimitState,
  type LimitVerdict,
  type OpenHolds,
  refuseLimit,
  type Reservation,
} from '@app/tenants';
import { grantedLimits } from '../explain/explained-limits.js';
import type { ExplainedLimits } from '../explain/explanation.js';
import { type GovernedCall, Governor, type Grant } from '../governor.js';
import { askedCall } from './asked-call.js';
import { type GovernedTerms, governedTerms } from './governed-terms.js';
import { MeteredGrant } from './metered-grant.js';
import { DEFAULT_UPSTREAM } from '../routing/route.js';
import { pricedModel } from './transfers-of.js';

export interface MeteredGovernorParts {
  readonly limiter: Limiter;
  readonly ledger: LedgerSink;
  readonly holds: OpenHolds;
  /** Names this process in holds. */
  readonly owner: string;
  readonly now?: () => Date;
}

/**
 * Limits and money of the pass-through: a call is bounded, all its limits are taken at once, and what it came
 * to is settled after. A tenant without limits costs one charge in the ledger's buffer, and nothing else.
 */
export class MeteredGovernor extends Governor {
  constructor(private readonly parts: MeteredGovernorParts) {
    super();
  }

  async admit(call: GovernedCall): Promise<Grant> {
    // The table of this moment prices the call to its end, whatever is put in force meanwhile.
    const table = currentPrices();
    const { limiter, owner, now = () => new Date(), ...rest } = this.parts;
    const { terms, states } = await this.judged(
      call,
      table,
      async (reservation) => await limiter.reserve(reservation),
    );
    const { tenantId, keyId } = call.identity;
    return new MeteredGrant({
      ...rest,
      who: { requestId: call.requestId, tenantId, keyId },
      call: askedCall(call, terms.bound, table),
      terms,
      table,
      headers: limitHeaders(states, HEADERS),
      limits: grantedLimits(states, costOf(call, terms)),
      limiter,
      owner,
      provider: providerOf(call),
      now,
    });
  }

  async check(call: GovernedCall): Promise<ExplainedLimits | null> {
    const { limiter } = this.parts;
    const { terms, states } = await this.judged(
      call,
      currentPrices(),
      async (reservation) => await limiter.check(reservation),
    );
    return grantedLimits(states, costOf(call, terms));
  }

  private async judged(
    call: GovernedCall,
    table: PriceTable,
    ask: (reservation: Reservation) => Promise<LimitVerdict>,
  ): Promise<{ readonly terms: GovernedTerms; readonly states: readonly LimitState[] }> {
    const terms = governedTerms(call, table);
    if (!terms.isLimited) return { terms, states: [] };
    const verdict = await ask(reservationOf(call, terms, { table, owner: this.parts.owner }));
    if (verdict.ok) return { terms, states: verdict.states };
    throw refuseLimit(verdict, { keyId: call.identity.keyId, prefix: HEADERS });
  }
}

const providerOf = ({ targets }: GovernedCall): string =>
  targets?.[0]?.upstream ?? DEFAULT_UPSTREAM;

const HEADERS = 'x-taskgate-ratelimit-';

function reservationOf(
  call: GovernedCall,
  terms: GovernedTerms,
  { table, owner }: { readonly table: PriceTable; readonly owner: string },
): Reservation {
  const { tenantId, keyId } = call.identity;
  const { scopes, nanoUsd } = terms;
  return {
    id: call.requestId,
    scopes,
    cost: costOf(call, terms),
    ...(nanoUsd > 0 && {
      charge: {
        tenantId,
        keyId,
        model: pricedModel(call.body?.model ?? null),
        provider: providerOf(call),
        priceVersion: table.version,
        owner,
      },
    }),
  };
}

function costOf({ takes }: GovernedCall, { tokens, nanoUsd }: GovernedTerms): Cost {
  const { requests, slots } = takes ?? { requests: 1, slots: 1 };
  return { requests, reads: 0, tokens, concurrent: slots, nanoUsd };
}
