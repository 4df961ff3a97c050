import { budgetScopes, slotScopes } from './dimensions.js';
import type { Reservation } from './limiter.js';

/** What this process was let through and has not ended. */
export interface OpenReservation {
  readonly reservation: Reservation;
  readonly dispatched: boolean;
  /** It has slots that are its own until it is over. */
  readonly slot: boolean;
  /** Its money waits for the ledger. */
  readonly money: boolean;
}

interface Entry {
  readonly reservation: Reservation;
  readonly sinceMs: number;
  dispatched: boolean;
  slot: boolean;
  money: boolean;
  over: boolean;
}

/**
 * By id, until nothing of it is left to be given back. What only left a mark in a window is forgotten
 * when the window is: nobody has to end it.
 */
export class OpenReservations {
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly windowMs: number) {}

  get size(): number {
    return this.entries.size;
  }

  add(reservation: Reservation, nowMs: number): void {
    if (this.entries.has(reservation.id)) return;
    this.entries.set(reservation.id, {
      reservation,
      sinceMs: nowMs,
      dispatched: false,
      slot: slotScopes(reservation).length > 0,
      money: budgetScopes(reservation).length > 0,
      over: false,
    });
  }

  has(id: string): boolean {
    return this.entries.has(id);
  }

  /** What has slots or money that others must not take for free. */
  renewable(): readonly OpenReservation[] {
    return [...this.entries.values()].filter(({ slot, money }) => slot || money);
  }

  hasSlot(id: string): boolean {
    return this.entries.get(id)?.slot ?? false;
  }

  /** Null: its money waits for nothing. */
  dispatch(id: string): Reservation | null {
    const entry = this.entries.get(id);
    if (!entry) return null;
    entry.dispatched = true;
    return entry.money ? entry.reservation : null;
  }

  /** Null: it is not known, or over already. */
  settle(id: string): Reservation | null {
    const entry = this.entries.get(id);
    if (!entry || entry.over) return null;
    entry.over = true;
    entry.slot = false;
    if (!entry.money) this.entries.delete(id);
    return entry.reservation;
  }

  release(id: string): Reservation | null {
    const entry = this.entries.get(id);
    if (!entry || entry.over) return null;
    this.entries.delete(id);
    return entry.reservation;
  }

  /** Null: none of its money waits. */
  confirm(id: string): Reservation | null {
    const entry = this.entries.get(id);
    if (!entry?.money) return null;
    entry.money = false;
    if (entry.over) this.entries.delete(id);
    return entry.reservation;
  }

  forgetOld(nowMs: number): void {
    for (const [id, { slot, money, sinceMs }] of this.entries) {
      if (!slot && !money && nowMs - sinceMs > this.windowMs) this.entries.delete(id);
    }
  }
}
