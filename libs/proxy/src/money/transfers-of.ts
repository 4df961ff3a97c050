import type { ChargedUsage, Transfer, TransferKind } from '@app/tenants';
import type { GovernedCall } from '../governor.js';

/** The upstream of the pass-through, as the ledger names it. */
export const PROVIDER = 'openai';

/** As asked for; what no row could hold, or nobody named, is `unknown`. */
export function pricedModel(model: string | null): string {
  if (model === null || model === '' || model.length > 256 || /\p{Cc}/u.test(model))
    return 'unknown';
  return model.toWellFormed();
}

export interface TransferFacts {
  readonly call: GovernedCall;
  /** As the answer names it; where the request names none, it stands for it. */
  readonly answeredModel?: string | null;
  readonly priceVersion: string;
  readonly at: Date;
}

/** One transfer of a call. Pure. */
export function transferOf(
  kind: TransferKind,
  amountNanoUsd: number | null,
  { call, answeredModel, priceVersion, at }: TransferFacts,
  more: { readonly usage?: ChargedUsage; readonly owner?: string } = {},
): Transfer {
  return {
    subject: call.requestId,
    kind,
    tenantId: call.identity.tenantId,
    keyId: call.identity.keyId,
    model: pricedModel(call.body?.model ?? answeredModel ?? null),
    provider: PROVIDER,
    amountNanoUsd,
    priceVersion,
    at,
    usage: more.usage ?? null,
    owner: more.owner ?? null,
  };
}
