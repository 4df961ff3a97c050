import type { Route, UpstreamSpec } from './route.js';

/** An upstream with its keys as they are stored. */
export interface StoredUpstream extends UpstreamSpec {
  /** Sealed for `UPSTREAM_SECRET_PURPOSE` and its name; null: it takes calls without a key. */
  readonly sealed: { readonly keyId: string; readonly box: Uint8Array } | null;
  readonly createdAt: Date;
  readonly changedAt: Date;
}

export interface StoredRoute extends Route {
  readonly changedAt: Date;
}

/** A row that is there and cannot be read: it does nothing, and takes no other with it. */
export interface UnreadableRow {
  readonly table: 'upstreams' | 'routes';
  /** The upstream's name, or the route's model. */
  readonly id: string;
  readonly error: unknown;
}

/** What operators say, whole. */
export interface StoredRouting {
  readonly upstreams: readonly StoredUpstream[];
  readonly routes: readonly StoredRoute[];
  readonly unreadable: readonly UnreadableRow[];
}

export const UPSTREAM_SECRET_PURPOSE = 'upstream-secret';

/** What operators say of upstreams and routes; processes look at it every second. */
export abstract class RoutingStore {
  /** Moves whenever an upstream or a route changes; cheap, for every process to read each second. */
  abstract epoch(): Promise<string>;
  /** By name, and by model. */
  abstract list(): Promise<StoredRouting>;
  /** Replaces what has its name. */
  abstract putUpstream(upstream: Omit<StoredUpstream, 'createdAt' | 'changedAt'>): Promise<void>;
  /** False: there was none. Targets that name it are skipped from then on. */
  abstract removeUpstream(name: string): Promise<boolean>;
  /** Replaces the one of the same pattern. */
  abstract putRoute(route: Route): Promise<void>;
  /** False: there was none. */
  abstract removeRoute(model: string): Promise<boolean>;
}
