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

export const UPSTREAM_SECRET_PURPOSE = 'upstream-secret';

/** What operators say of upstreams and routes; processes look at it every second. */
export abstract class RoutingStore {
  abstract list(): Promise<{
    readonly upstreams: readonly StoredUpstream[];
    readonly routes: readonly StoredRoute[];
  }>;
  /** Replaces what has its name. */
  abstract putUpstream(upstream: Omit<StoredUpstream, 'createdAt' | 'changedAt'>): Promise<void>;
  /** False: there was none. Targets that name it are skipped from then on. */
  abstract removeUpstream(name: string): Promise<boolean>;
  /** Replaces the one of the same pattern. */
  abstract putRoute(route: Route): Promise<void>;
  /** False: there was none. */
  abstract removeRoute(model: string): Promise<boolean>;
}
