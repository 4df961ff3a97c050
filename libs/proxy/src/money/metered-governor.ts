import { currentPrices, type PriceTable } from '@app/prices';
import {
  type LedgerSink,
  limitHeaders,
  type Limiter,
  type OpenHolds,
  refuseLimit,
  type Reservation,
} from '@app/tenants';
import { type GovernedCall, Governor, type Grant } from '../governor.js';
import { askedCall } from './asked-call.js';
import { type GovernedTerms, governedTerms } from './governed-terms.js';
import { MeteredGrant } from './metered-grant.js';
import { pricedModel, PROVIDER } from './transfers-of.js';

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
    const terms = governedTerms(call, table);
    const { limiter, owner, now = () => new Date(), ...rest } = this.parts;
    const verdict = terms.isLimited
      ? await limiter.reserve(reservationOf(call, terms, { table, owner }))
      : UNLIMITED;
    const prefix = 'x-taskgate-ratelimit-';
    if (!verdict.ok) throw refuseLimit(verdict, { keyId: call.identity.keyId, prefix });
    const headers = limitHeaders(verdict.states, prefix);
    const { tenantId, keyId } = call.identity;
    const who = { requestId: call.requestId, tenantId, keyId };
    const asked = askedCall(call, terms.bound, table);
    return new MeteredGrant({
      ...rest,
      who,
      call: asked,
      terms,
      table,
      headers,
      limiter,
      owner,
      now,
    });
  }
}

const UNLIMITED = { ok: true, states: [] } as const;

function reservationOf(
  call: GovernedCall,
  terms: GovernedTerms,
  { table, owner }: { readonly table: PriceTable; readonly owner: string },
): Reservation {
  const { tenantId, keyId } = call.identity;
  const { scopes, tokens, nanoUsd } = terms;
  const { requests, slots } = call.takes ?? { requests: 1, slots: 1 };
  return {
    id: call.requestId,
    scopes,
    cost: { requests, reads: 0, tokens, concurrent: slots, nanoUsd },
    ...(nanoUsd > 0 && {
      charge: {
        tenantId,
        keyId,
        model: pricedModel(call.body?.model ?? null),
        provider: PROVIDER,
        priceVersion: table.version,
        owner,
      },
    }),
  };
}
