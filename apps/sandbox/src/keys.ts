import type { Fault } from './directions/read-directions.js';

/** `Authorization: Bearer KEY` → KEY. */
export function bearerKey(authorization: string | undefined): string | null {
  const [, key] = /^Bearer +(\S+)$/i.exec(authorization ?? '') ?? [];
  return key ?? null;
}

export interface KeyUse {
  readonly key: string;
  /** Requests that were taken with it, of every kind. */
  readonly taken: number;
  readonly refused: number;
}

/**
 * The sandbox takes any key but none, those that say themselves that they are wrong, and those that a
 * test had it refuse. What it was shown it remembers: its keys are fake.
 */
export class Keys {
  private readonly refusing = new Set<string>();
  private readonly faults = new Map<string, Fault>();
  private readonly seen = new Map<string, { taken: number; refused: number }>();

  isGood(key: string | null): key is string {
    if (key === null || key === '') return false;
    const isGood = !key.startsWith('wrong') && !this.refusing.has(key);
    this.note(key)[isGood ? 'taken' : 'refused'] += 1;
    return isGood;
  }

  setRefused(key: string, isRefused: boolean): void {
    if (isRefused) this.refusing.add(key);
    else this.refusing.delete(key);
  }

  /** Shown to every call in text under that key, where the prompt asks for none; null: no more. */
  setFault(key: string, fault: Fault | null): void {
    if (fault === null) this.faults.delete(key);
    else this.faults.set(key, fault);
  }

  faultOf(key: string | null): Fault | null {
    return (key === null ? undefined : this.faults.get(key)) ?? null;
  }

  uses(): readonly KeyUse[] {
    return [...this.seen].map(([key, counts]) => ({ key, ...counts }));
  }

  private note(key: string): { taken: number; refused: number } {
    const known = this.seen.get(key);
    if (known) return known;
    const counts = { taken: 0, refused: 0 };
    if (this.seen.size < MAX_SEEN) this.seen.set(key, counts);
    return counts;
  }
}

const MAX_SEEN = 1_000;
