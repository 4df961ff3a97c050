/** One of a worker's attempts under way. */
export interface UnderWay {
  readonly tenantId: string;
  /** A first attempt, or somebody's own. */
  readonly isFirst: boolean;
  /** For how long it has been under way. */
  readonly ageMs: number;
}

/** The attempts that one worker has under way, and how many it may have. */
export interface Room {
  /** Attempts at once. At least 1. */
  readonly size: number;
  readonly underWay: readonly UnderWay[];
}

/**
 * There is no place: for anybody (`full`), or for this tenant or kind (`share`), and then it is worth to
 * look again after `waitMs`.
 */
export type NoPlace = { readonly why: 'full' } | { readonly why: 'share'; readonly waitMs: number };

/** At most this much of a worker's room goes to retries. */
const RETRY_SHARE = 3 / 4;
/** At most this much goes to one tenant. */
const TENANT_SHARE = 1 / 2;
/** Attempts that take long free no place soon. */
const SHORTEST_WAIT_MS = 25;
const LONGEST_WAIT_MS = 1_000;

/** The places of a worker that are free in one turn. */
export class FreePlaces {
  private readonly size: number;
  private inUse: number;
  private readonly retries: Share;
  private readonly tenants: Map<string, Share>;

  constructor({ size, underWay }: Room) {
    this.size = size;
    this.inUse = underWay.length;
    this.retries = shareOf(underWay.filter(({ isFirst }) => !isFirst));
    const byTenant = Map.groupBy(underWay, ({ tenantId }) => tenantId);
    this.tenants = new Map([...byTenant].map(([tenantId, own]) => [tenantId, shareOf(own)]));
  }

  /** Takes a place; or says why there is none. */
  take(tenantId: string, isFirst: boolean): NoPlace | null {
    const tenant = this.tenants.get(tenantId) ?? shareOf([]);
    if (this.inUse >= this.size) return { why: 'full' };
    if (tenant.count >= mostOf(this.size, TENANT_SHARE)) return noShare(tenant);
    if (!isFirst && this.retries.count >= mostOf(this.size, RETRY_SHARE)) {
      return noShare(this.retries);
    }
    this.inUse += 1;
    this.retries.count += isFirst ? 0 : 1;
    tenant.count += 1;
    this.tenants.set(tenantId, tenant);
    return null;
  }
}

interface Share {
  count: number;
  /** The mean age of those under way when the turn began; 0: there was none. */
  readonly ageMs: number;
}

function shareOf(underWay: readonly UnderWay[]): Share {
  const sumMs = underWay.reduce((sum, { ageMs }) => sum + ageMs, 0);
  return { count: underWay.length, ageMs: sumMs / Math.max(underWay.length, 1) };
}

/** Those that hold the share will go on for about as long as they have gone on by now. */
const noShare = ({ ageMs }: Share): NoPlace => ({
  why: 'share',
  waitMs: Math.round(Math.min(Math.max(ageMs, SHORTEST_WAIT_MS), LONGEST_WAIT_MS)),
});

const mostOf = (size: number, share: number): number => Math.max(1, Math.floor(size * share));
