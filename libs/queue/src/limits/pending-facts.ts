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
  const facts: unknown = JSON.parse(text.slice(1));
  if (!isFacts(facts)) throw new Error(`Redis has something else than facts of ${id}`);
  return { ...facts, id, dispatched: text.startsWith('1') };
}

const isFacts = (value: unknown): value is Omit<PendingFacts, 'id' | 'dispatched'> =>
  typeof value === 'object' && value !== null && 'scopes' in value && 'nanoUsd' in value;
