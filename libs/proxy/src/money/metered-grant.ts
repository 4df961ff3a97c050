import type { PriceTable } from '@app/prices';
import type { LedgerEntry, LedgerSink, Limiter, OpenHolds, Transfer } from '@app/tenants';
import type { ExplainedLimits } from '../explain/explanation.js';
import type { Grant, Outcome, SettledCost } from '../governor.js';
import type { AskedCall } from './asked-call.js';
import { explainedPrice } from './explained-price.js';
import type { GovernedTerms } from './governed-terms.js';
import { settle, type Settlement } from './settled-cost.js';
import { transferOf, type TransferFacts } from './transfers-of.js';

export interface MeteredGrantParts {
  readonly who: { readonly requestId: string; readonly tenantId: string; readonly keyId: string };
  readonly call: AskedCall;
  readonly terms: GovernedTerms;
  readonly table: PriceTable;
  readonly headers: Readonly<Record<string, string>>;
  readonly limits: ExplainedLimits | null;
  readonly limiter: Limiter;
  readonly ledger: LedgerSink;
  readonly holds: OpenHolds;
  readonly owner: string;
  readonly now: () => Date;
}

/** A call that was let through, until it is settled or released: the first of both counts. */
export class MeteredGrant implements Grant {
  private settled: SettledCost | null = null;

  constructor(private readonly parts: MeteredGrantParts) {}

  get headers(): Readonly<Record<string, string>> {
    return this.parts.headers;
  }

  get limits(): ExplainedLimits | null {
    return this.parts.limits;
  }

  dispatched(): void {
    if (this.settled) return;
    const { limiter, holds, who, terms, owner } = this.parts;
    if (terms.isLimited) limiter.dispatched(who.requestId);
    if (terms.holdNanoUsd === 0) return;
    const hold = transferOf('hold', terms.holdNanoUsd, this.facts(), { owner });
    holds.open(who.requestId, this.entry([hold]));
  }

  settle(outcome: Outcome): SettledCost {
    if (this.settled) return this.settled;
    const { who, call, table, terms, limiter, holds } = this.parts;
    const settlement = settle(call, outcome, { table, bound: terms.bound });
    this.settled = {
      nanoUsd: settlement.kind === 'charge' ? settlement.nanoUsd : null,
      price: explainedPrice(settlement, table.version),
    };
    const isHeld = holds.close(who.requestId);
    if (terms.isLimited) limiter.settle(who.requestId, settlement.tokens);
    const facts = this.facts(outcome.usage.model);
    this.write([...this.released(isHeld, facts), ...outcomeOf(settlement, facts)]);
    return this.settled;
  }

  release(): void {
    if (this.settled) return;
    this.settled = { nanoUsd: null, price: null };
    const { who, terms, limiter, holds, ledger } = this.parts;
    const isHeld = holds.close(who.requestId);
    if (terms.isLimited) limiter.release(who.requestId);
    const transfers = this.released(isHeld, this.facts());
    if (transfers.length > 0) ledger.add(this.entry(transfers));
  }

  private released(isHeld: boolean, facts: TransferFacts): readonly Transfer[] {
    return isHeld ? [transferOf('release', this.parts.terms.holdNanoUsd, facts)] : [];
  }

  /** Where money was reserved the limits are told also of what cost nothing. */
  private write(transfers: readonly Transfer[]): void {
    const entry = this.entry(transfers);
    if (transfers.length > 0 || entry.confirm) this.parts.ledger.add(entry);
  }

  private entry(transfers: readonly Transfer[]): LedgerEntry {
    const { who, terms } = this.parts;
    const scopes = terms.scopes.map(({ id }) => id);
    const confirm = terms.nanoUsd > 0 ? { id: who.requestId, scopes } : null;
    return { transfers, confirm };
  }

  private facts(answeredModel: string | null = null): TransferFacts {
    const { who, call, table, now } = this.parts;
    const model = call.model ?? answeredModel;
    return { ...who, model, priceVersion: table.version, at: now() };
  }
}

function outcomeOf(
  { kind, nanoUsd, usage }: Settlement,
  facts: TransferFacts,
): readonly Transfer[] {
  return kind === 'none' ? [] : [transferOf(kind, nanoUsd, facts, { usage })];
}
