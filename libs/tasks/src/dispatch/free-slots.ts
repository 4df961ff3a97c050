import { chooseByWeight, turnOf } from '@app/outbound';
import type { AccountLimits } from '@app/providers';
import { isCooling, limitNow } from './account-health.js';
import { type AccountTrouble, isSetAside, probedTrouble, troubleNames } from './account-trouble.js';
import type { LaneState, LaneView } from './dispatch.store.js';

/** An account of the lane's vendor, as configured. */
export interface LaneAccount {
  readonly id: string;
  readonly limits: AccountLimits;
  /** Its share of the lane's work; 1 unless told, more than 0. */
  readonly weight?: number;
}

interface Place {
  readonly id: string;
  readonly limit: number;
  readonly weight: number;
  inFlight: number;
  tokens: number;
  lastTurn: number | null;
}

/** What one turn may still send: slots below each account's limit, submits below its rate. */
export class FreeSlots {
  /** Troubles in which one task was let through in this turn. */
  readonly probes = new Map<string, AccountTrouble>();
  private readonly places: readonly Place[];
  private readonly nowMs: number;

  constructor(
    private readonly view: LaneView,
    accounts: readonly LaneAccount[],
  ) {
    this.nowMs = view.now.getTime();
    this.places = accounts.map(({ id, limits, weight = 1 }) => {
      const health = view.accounts.get(id);
      const limit = isCooling(health, this.nowMs)
        ? 0
        : limitNow(health, limits.inFlight, this.nowMs);
      const tokens = tokensNow(view.state.buckets[id], limits.submitsPerSecond, this.nowMs);
      const { lastTurn = null } = view.state.buckets[id] ?? {};
      return { id, limit, weight, inFlight: view.inFlight.get(id) ?? 0, tokens, lastTurn };
    });
  }

  get any(): boolean {
    return this.places.some(isFree);
  }

  /** Whether an account that may be sent the model has a slot. */
  anyFor(model: string): boolean {
    return this.places.some((place) => isFree(place) && this.mayTry(place, model));
  }

  /**
   * Takes a slot: of the account with the smallest share in use, or of the one whose turn it is where
   * accounts have different weights. Null when none is free for the model.
   */
  take(model: string): string | null {
    const free = this.places.filter((place) => isFree(place) && this.mayTry(place, model));
    const place = isEven(free) ? leastUsed(free) : chooseByWeight(free);
    if (!place) return null;
    place.lastTurn = turnOf(place, this.places);
    place.inFlight += 1;
    place.tokens -= 1;
    this.probe(place, model);
    return place.id;
  }

  private mayTry({ id }: Place, model: string): boolean {
    if (this.view.troubles.size === 0) return true;
    return !troubleNames(id, model).some(
      (name) => this.probes.has(name) || isSetAside(this.view.troubles.get(name), this.nowMs),
    );
  }

  private probe({ id }: Place, model: string): void {
    for (const name of troubleNames(id, model)) {
      const trouble = this.view.troubles.get(name);
      if (trouble) this.probes.set(name, probedTrouble(trouble, this.nowMs));
    }
  }

  buckets(): LaneState['buckets'] {
    return Object.fromEntries(
      this.places.map(({ id, tokens, lastTurn }) => [id, { tokens, at: this.nowMs, lastTurn }]),
    );
  }
}

const isFree = ({ inFlight, limit, tokens }: Place): boolean => inFlight < limit && tokens >= 1;

const isEven = ([first, ...others]: readonly Place[]): boolean =>
  others.every(({ weight }) => weight === first?.weight);

function leastUsed([first, ...others]: readonly Place[]): Place | undefined {
  return first && others.reduce((best, one) => (share(one) < share(best) ? one : best), first);
}

const share = ({ inFlight, limit }: Place): number => inFlight / limit;

/** A bucket holds what may be sent in one second, one submit at least, and is full at first. */
function tokensNow(
  bucket: LaneState['buckets'][string] | undefined,
  perSecond: number,
  nowMs: number,
): number {
  const size = Math.max(perSecond, 1);
  if (!bucket) return size;
  const passedMs = Math.max(nowMs - bucket.at, 0);
  return Math.min(bucket.tokens + (passedMs / 1_000) * perSecond, size);
}
