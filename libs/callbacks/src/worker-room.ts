/** The attempts that one worker has under way, and how many it may have. */
export interface Room {
  /** Attempts at once. At least 1. */
  readonly size: number;
  readonly inUse: number;
  /** How many of those are neither first attempts nor somebody's own. */
  readonly retries: number;
  readonly byTenant: ReadonlyMap<string, number>;
}

/** Why there is no place: for nobody, or for this kind or tenant while others may have one. */
export type NoPlace = 'full' | 'share';

/** At most this much of a worker's room goes to retries. */
const RETRY_SHARE = 3 / 4;
/** At most this much goes to one tenant. */
const TENANT_SHARE = 1 / 2;

/** The places of a worker that are free in one turn. */
export class FreePlaces {
  private inUse: number;
  private retries: number;
  private readonly byTenant: Map<string, number>;

  constructor(private readonly room: Room) {
    this.inUse = room.inUse;
    this.retries = room.retries;
    this.byTenant = new Map(room.byTenant);
  }

  /** Takes a place; or says why there is none. */
  take(tenantId: string, isFirst: boolean): NoPlace | null {
    const { size } = this.room;
    const ofTenant = this.byTenant.get(tenantId) ?? 0;
    if (this.inUse >= size) return 'full';
    if (ofTenant >= shareOf(size, TENANT_SHARE)) return 'share';
    if (!isFirst && this.retries >= shareOf(size, RETRY_SHARE)) return 'share';
    this.inUse += 1;
    this.retries += isFirst ? 0 : 1;
    this.byTenant.set(tenantId, ofTenant + 1);
    return null;
  }
}

const shareOf = (size: number, share: number): number => Math.max(1, Math.floor(size * share));
