import type { PriceTable } from '@app/prices';
import type { LedgerEntry, LedgerSink, Limiter, OpenHolds, Transfer } from '@app/tenants';
import type { ExplainedLimits } from '../explain/explanation.js';
import type { AskedTarget, Grant, Outcome, SettledCost } from '../governor.js';
import { NOTHING_OBSERVED } from '../token-usage.js';
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
  /** The upstream that is asked first. */
  readonly provider: string;
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
    const asked = { ...call, model: outcome.asked?.model ?? call.model };
    const settlement = settle(asked, outcome, { table, bound: terms.bound });
    this.settled = {
      nanoUsd: settlement.kind === 'charge' ? settlement.nanoUsd : null,
      price: explainedPrice(settlement, table.version),
    };
    const isHeld = holds.close(who.requestId);
    if (terms.isLimited) limiter.settle(who.requestId, settlement.tokens);
    const facts = this.facts(outcome);
    const lost = (outcome.lost ?? []).map((target) => this.lostAt(target));
    if (settlement.kind === 'lost') lost.unshift({ facts, ...settlement });
    this.write([...this.released(isHeld), ...charged(settlement, facts), ...lossOf(lost)]);
    return this.settled;
  }

  /** What a target that came to nothing may have charged; null: its price is unknown. */
  private lostAt(target: AskedTarget): Lost {
    const { call, table } = this.parts;
    const { model } = target;
    const asked = { ...call, model: model ?? call.model };
    const { nanoUsd, usage } = settle(asked, NO_ANSWER, { table, bound: null });
    return { facts: this.facts({ ...NO_ANSWER, asked: target }), nanoUsd, usage };
  }

  release(): void {
    if (this.settled) return;
    this.settled = { nanoUsd: null, price: null };
    const { who, terms, limiter, holds, ledger } = this.parts;
    const isHeld = holds.close(who.requestId);
    if (terms.isLimited) limiter.release(who.requestId);
    const transfers = this.released(isHeld);
    if (transfers.length > 0) ledger.add(this.entry(transfers));
  }

  private released(isHeld: boolean): readonly Transfer[] {
    return isHeld ? [transferOf('release', this.parts.terms.holdNanoUsd, this.facts())] : [];
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

  /** Of who answered, once somebody did. */
  private facts(outcome?: Outcome): TransferFacts {
    const { who, call, table, provider, now } = this.parts;
    const { asked, usage } = outcome ?? {};
    return {
      ...who,
      model: asked?.model ?? call.model ?? usage?.model ?? null,
      provider: asked?.upstream ?? provider,
      priceVersion: table.version,
      at: now(),
    };
  }
}

type Lost = Pick<Settlement, 'nanoUsd' | 'usage'> & { readonly facts: TransferFacts };

const NO_ANSWER: Outcome = {
  status: null,
  usage: NOTHING_OBSERVED,
  cut: true,
  callerLeft: false,
  bytesOut: 0,
};

const charged = ({ kind, nanoUsd, usage }: Settlement, facts: TransferFacts): Transfer[] =>
  kind === 'charge' ? [transferOf('charge', nanoUsd, facts, { usage })] : [];

/** One transfer for all that was lost, because a subject has each kind once; told of the first who lost it. */
function lossOf(lost: readonly Lost[]): Transfer[] {
  const [first] = lost;
  return first ? [transferOf('lost', sumOf(lost), first.facts, { usage: first.usage })] : [];
}

/** Null as soon as one is unknown. */
const sumOf = (lost: readonly Lost[]): number | null =>
  lost.reduce<number | null>(
    (sum, one) => (sum === null || one.nanoUsd === null ? null : sum + one.nanoUsd),
    0,
  );
