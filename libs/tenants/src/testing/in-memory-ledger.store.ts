import { LedgerStore, type OpenHold } from '../ledger/ledger.store.js';
import type { Transfer } from '../ledger/ledger.js';
import type { Balance } from '../limits/limiter.js';

/** The ledger on a few maps, by the clock of this process; `failure` is what every call throws while it is set. */
export class InMemoryLedgerStore extends LedgerStore {
  readonly transfers = new Map<string, Transfer>();
  failure: Error | null = null;
  private readonly sums = new Map<string, Balance>();
  private readonly changed = new Map<string, number>();
  private readonly seen = new Map<string, number>();

  override async write(transfers: readonly Transfer[]): Promise<void> {
    if (this.failure) throw this.failure;
    const touched = new Set<string>();
    for (const transfer of transfers) {
      const name = nameOf(transfer.subject, transfer.kind);
      if (this.transfers.has(name)) continue;
      const at = new Date(Math.min(transfer.at.getTime(), Date.now()));
      const written = { ...transfer, at };
      this.transfers.set(name, written);
      for (const scope of [transfer.tenantId, transfer.keyId]) {
        if (scope === null || transfer.kind === 'lost') continue;
        this.sums.set(scope, after(this.sums.get(scope) ?? emptyBalance(scope), written));
        touched.add(scope);
      }
    }
    for (const scope of touched) this.count(scope);
  }

  override async balances(scopes: readonly string[]): Promise<readonly Balance[]> {
    if (this.failure) throw this.failure;
    return [...new Set(scopes)].map((scope) => this.sums.get(scope) ?? emptyBalance(scope));
  }

  override async changedBalances(since: Date | null) {
    if (this.failure) throw this.failure;
    const asOf = new Date();
    const balances = [...this.sums.values()].filter(
      ({ scope }) => since === null || (this.changed.get(scope) ?? 0) >= since.getTime(),
    );
    return { balances, asOf };
  }

  override async beat(owner: string): Promise<void> {
    if (this.failure) throw this.failure;
    this.seen.set(owner, Date.now());
  }

  override async heardOf(owners: readonly string[], withinMs: number) {
    if (this.failure) throw this.failure;
    const since = Date.now() - withinMs;
    return new Set(owners.filter((owner) => (this.seen.get(owner) ?? -Infinity) > since));
  }

  override async abandonedHolds(silentMs: number, limit: number): Promise<readonly OpenHold[]> {
    if (this.failure) throw this.failure;
    const silentSince = Date.now() - silentMs;
    const open = [...this.transfers.values()].filter(
      ({ subject, kind, owner, at }) =>
        kind === 'hold' &&
        owner !== null &&
        !this.transfers.has(nameOf(subject, 'release')) &&
        at.getTime() <= silentSince &&
        ((this.seen.get(owner) ?? 0) <= silentSince || this.hasOutcome(subject)),
    );
    return open.slice(0, limit).map(toOpenHold);
  }

  override async lostOf(subjects: readonly string[]): Promise<ReadonlyMap<string, bigint | null>> {
    if (this.failure) throw this.failure;
    const lost = subjects.flatMap((subject) => this.transfers.get(nameOf(subject, 'lost')) ?? []);
    return new Map(
      lost.map(({ subject, amountNanoUsd: amount }) => {
        return [subject, amount === null ? null : BigInt(amount)];
      }),
    );
  }

  override async forgetOwners(): Promise<void> {
    if (this.failure) throw this.failure;
    const dayAgo = Date.now() - 86_400_000;
    for (const [owner, at] of this.seen) if (at < dayAgo) this.seen.delete(owner);
  }

  private hasOutcome(subject: string): boolean {
    return (['charge', 'lost'] as const).some((kind) => this.transfers.has(nameOf(subject, kind)));
  }

  private count(scope: string): void {
    const balance = this.sums.get(scope);
    if (balance) this.sums.set(scope, { ...balance, version: balance.version + 1n });
    this.changed.set(scope, Date.now());
  }
}

const nameOf = (subject: string, kind: Transfer['kind']): string => `${kind} ${subject}`;

function toOpenHold({ kind: _, usage: __, amountNanoUsd, ...hold }: Transfer): OpenHold {
  return { ...hold, amountNanoUsd: amountNanoUsd ?? 0 };
}

/** What a scope's balance is after one more transfer. */
function after(balance: Balance, { kind, amountNanoUsd, at }: Transfer): Balance {
  const amount = BigInt(amountNanoUsd ?? 0);
  const charged = kind === 'charge' ? amount : 0n;
  const heldBy = { hold: amount, release: -amount, charge: 0n, lost: 0n } as const;
  const [day, month] = [at.toISOString().slice(0, 10), at.toISOString().slice(0, 7)];
  const [lastDay, daySpent] = counted(balance.day, day, balance.daySpent, charged);
  const [lastMonth, monthSpent] = counted(balance.month, month, balance.monthSpent, charged);
  return {
    ...balance,
    day: lastDay,
    daySpent,
    month: lastMonth,
    monthSpent,
    spent: balance.spent + charged,
    held: balance.held + heldBy[kind],
  };
}

/** Spent in the newest period: a newer one begins at 0, and what comes late for an older one no longer counts. */
function counted(known: string, other: string, spent: bigint, more: bigint): [string, bigint] {
  if (other > known) return [other, more];
  return [known, other === known ? spent + more : spent];
}

const emptyBalance = (scope: string): Balance => ({
  scope,
  version: 0n,
  day: '1970-01-01',
  daySpent: 0n,
  month: '1970-01',
  monthSpent: 0n,
  spent: 0n,
  held: 0n,
});
