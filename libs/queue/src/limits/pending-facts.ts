import { budgetScopes, type PendingCharge, type Reservation } from '@app/tenants';

/** Money on its way to the ledger, as whoever finds it left behind knows of it. */
export interface PendingFacts {
  readonly id: string;
  readonly dispatched: boolean;
  /** Whose budgets it is kept back from; none: nothing is known of it any more. */
  readonly scopes: readonly string[];
  readonly nanoUsd: number;
  readonly charge: PendingCharge | null;
}

/** The text that Redis keeps: whether it was dispatched, then JSON. Empty where no money waits. */
export function factsOf(reservation: Reservation, dispatched: boolean): string {
  const scopes = budgetScopes(reservation);
  if (scopes.length === 0) return '';
  const { cost, charge = null } = reservation;
  return `${dispatched ? 1 : 0}${JSON.stringify({ scopes, nanoUsd: cost.nanoUsd, charge })}`;
}

export function readFacts(id: string, text: string): PendingFacts {
  if (text === '') return { id, dispatched: false, scopes: [], nanoUsd: 0, charge: null };
  // Only `factsOf` writes there.
  const facts = JSON.parse(text.slice(1)) as Omit<PendingFacts, 'id' | 'dispatched'>;
  return { ...facts, id, dispatched: text.startsWith('1') };
}
