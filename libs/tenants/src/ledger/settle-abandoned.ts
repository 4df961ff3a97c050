import { type ChargedUsage, type Transfer, NO_USAGE } from './ledger.js';
import type { OpenHold } from './ledger.store.js';

/**
 * What becomes of the hold of a request whose process died: it was sent, so it is charged at what was
 * held, which is the most that it could cost.
 */
export function settleAbandoned(hold: OpenHold, now: Date): readonly Transfer[] {
  const transfer = { ...hold, at: now, owner: null };
  return [
    { ...transfer, kind: 'release', usage: null },
    { ...transfer, kind: 'charge', usage: ESTIMATED },
  ];
}

const ESTIMATED: ChargedUsage = { ...NO_USAGE, source: 'estimated' };
