import type { ChargedUsage, Transfer, TransferKind } from '@app/tenants';

/** As asked for; what no row could hold, or nobody named, is `unknown`. */
export function pricedModel(model: string | null): string {
  if (model === null || model === '' || model.length > 256 || /\p{Cc}/u.test(model))
    return 'unknown';
  return model.toWellFormed();
}

export interface TransferFacts {
  readonly requestId: string;
  readonly tenantId: string;
  readonly keyId: string;
  /** As asked for, else as the answer names it. */
  readonly model: string | null;
  /** The upstream. */
  readonly provider: string;
  readonly priceVersion: string;
  readonly at: Date;
}

/** One transfer of a call. Pure. */
export function transferOf(
  kind: TransferKind,
  amountNanoUsd: number | null,
  { requestId, tenantId, keyId, model, provider, priceVersion, at }: TransferFacts,
  more: { readonly usage?: ChargedUsage; readonly owner?: string } = {},
): Transfer {
  return {
    subject: requestId,
    kind,
    tenantId,
    keyId,
    model: pricedModel(model),
    provider,
    amountNanoUsd,
    priceVersion,
    at,
    usage: more.usage ?? null,
    owner: more.owner ?? null,
  };
}
