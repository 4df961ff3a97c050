import type { ObjectPin } from './object-place.js';

/** Something that an upstream keeps, and for whom. */
export interface UpstreamObject extends ObjectPin {
  readonly id: string;
  readonly tenantId: string;
  /** The collection that it is listed in: its path below `/v1` (`files`, `fine_tuning/jobs`). */
  readonly kind: string;
  readonly createdAt: Date;
}

/** How many objects of a kind a tenant has at one place. */
export interface Holding extends ObjectPin {
  readonly objects: number;
}

/** Whose the objects at upstreams are. */
export abstract class ObjectStore {
  /** Those of these ids that are known, in any order. */
  abstract find(ids: readonly string[]): Promise<readonly UpstreamObject[]>;
  /** Objects that are known already stay whose they are. */
  abstract record(objects: readonly UpstreamObject[]): Promise<void>;
  abstract forget(ids: readonly string[]): Promise<void>;
  /** Where the tenant's objects of this kind are; none: it has none. */
  abstract holdings(tenantId: string, kind: string): Promise<readonly Holding[]>;
}
