import type { Admission, LaneDecision, LaneState, LaneView } from './dispatch.store.js';
import { FreeSlots, type LaneAccount } from './free-slots.js';
import { OpenModels } from './open-models.js';
import { TenantLine } from './tenant-line.js';

export interface LaneRules {
  /** The vendor's configured accounts. */
  readonly accounts: readonly LaneAccount[];
  /** Usual seconds of a model's job: what it costs its tenant. */
  readonly costOf: (model: string) => number;
  /** As in `TurnLimits`: a tenant with as many may have more that was not read. */
  readonly headsPerTenant: number;
  /** As in `TurnLimits`: with as many tenants, others may wait that were not read. */
  readonly maxTenants: number;
}

/**
 * Who is sent next: deficit round robin. Tenants are visited in a ring. A visit owes a tenant the
 * cheapest job times its weight, and it is served for as long as it is owed what its next job costs; so
 * what tenants get is in proportion to their weights, in the vendor's time and not in jobs. A visit that
 * ended because the slots did goes on with the next turn. Nobody who may be served waits while a slot
 * is free; the equal view gives the equal decision.
 *
 * The turn ends early when all that was read of a tenant is chosen: its share may not go to others
 * just because the rest of its line was not read. The next turn reads it.
 */
export function chooseNext(view: LaneView, rules: LaneRules): LaneDecision {
  const turn = new Turn(view, rules);
  turn.run();
  return turn.decision();
}

class Turn {
  private readonly slots: FreeSlots;
  private readonly models: OpenModels;
  private readonly lines: readonly TenantLine[];
  private readonly quantum: number;
  private readonly admit: Admission[] = [];
  private cursor: string | null;

  constructor(
    private readonly view: LaneView,
    private readonly rules: LaneRules,
  ) {
    this.slots = new FreeSlots(view, rules.accounts);
    this.models = new OpenModels(view, this.slots);
    this.cursor = view.state.cursor;
    const costOf = (model: string): number => Math.max(rules.costOf(model), SMALLEST_COST);
    this.lines = ringFrom(this.cursor, view.tenants).map(
      (tenant) => new TenantLine(tenant, costOf, view.state.deficits[tenant.id] ?? 0),
    );
    const heads = this.lines.map((line) => line.head(this.models));
    this.quantum = Math.min(...heads.map((head) => (head ? costOf(head.model) : Infinity)));
  }

  run(): void {
    const [first] = this.lines;
    if (!this.slots.any) return;
    // The last visit ended because the slots did.
    if (first && first.id === this.cursor) this.serve(first);
    const ring =
      first?.id === this.cursor ? [...this.lines.slice(1), ...this.lines.slice(0, 1)] : this.lines;
    while (this.goesOn && this.skipEmptyRounds(ring)) this.round(ring);
  }

  decision(): LaneDecision {
    const { admit, view } = this;
    if (admit.length === 0)
      return { admit, state: this.passedBy(), breakers: new Map(), troubles: new Map() };
    const kept = this.lines.map((line) => [line.id, line.kept(this.quantum)] as const);
    const others = this.isCut ? view.state.deficits : {};
    const deficits = { ...others, ...Object.fromEntries(kept) };
    const state = { cursor: this.cursor, deficits, buckets: this.slots.buckets() };
    return { admit, state, breakers: this.models.probes, troubles: this.slots.probes };
  }

  /** When nobody of those who were read may be served, the next turn reads those behind them. */
  private passedBy(): LaneState {
    const { state } = this.view;
    const last = this.lines.at(-1)?.id;
    return this.isCut && this.slots.any && last ? { ...state, cursor: last } : state;
  }

  private get isCut(): boolean {
    return this.lines.length >= this.rules.maxTenants;
  }

  private get goesOn(): boolean {
    const { headsPerTenant } = this.rules;
    return (
      this.slots.any && !this.lines.some((line) => line.mayHaveMore(this.models, headsPerTenant))
    );
  }

  /** Credits the rounds in which nobody could be served yet, all at once. False: there is nobody to serve. */
  private skipEmptyRounds(ring: readonly TenantLine[]): boolean {
    const waiting = ring.flatMap((line) => {
      const head = line.head(this.models);
      return head ? [{ line, visits: line.visitsUntilPaid(head, this.quantum) }] : [];
    });
    if (waiting.length === 0) return false;
    const empty = Math.max(Math.min(...waiting.map(({ visits }) => visits)) - 1, 0);
    for (const { line } of waiting) line.credit(this.quantum, empty);
    return true;
  }

  private round(ring: readonly TenantLine[]): void {
    for (const line of ring) {
      if (!this.goesOn) return;
      if (!line.head(this.models)) continue;
      line.credit(this.quantum, 1);
      this.cursor = line.id;
      this.serve(line);
    }
  }

  private serve(line: TenantLine): void {
    for (;;) {
      const head = line.head(this.models);
      if (!head || line.visitsUntilPaid(head, this.quantum) > 0) return;
      const account = this.slots.take(head.model);
      if (account === null) return;
      line.admit(head);
      this.models.chose(head.model);
      this.admit.push({ taskId: head.id, version: head.version, account });
    }
  }
}

const SMALLEST_COST = 0.1;

/** In order of id, from the tenant at the cursor, or else the one after it. */
function ringFrom<T extends { readonly id: string }>(
  cursor: string | null,
  tenants: readonly T[],
): readonly T[] {
  const inOrder = tenants.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const start = cursor === null ? 0 : inOrder.findIndex(({ id }) => id >= cursor);
  return start <= 0 ? inOrder : [...inOrder.slice(start), ...inOrder.slice(0, start)];
}
