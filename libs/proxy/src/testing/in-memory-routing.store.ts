import type { Route } from '../routing/route.js';
import {
  RoutingStore,
  type StoredRoute,
  type StoredRouting,
  type StoredUpstream,
} from '../routing/routing-store.js';

/** Upstreams and routes in memory. */
export class InMemoryRoutingStore extends RoutingStore {
  private readonly upstreams = new Map<string, StoredUpstream>();
  private readonly routes = new Map<string, StoredRoute>();
  private changes = 0;

  async epoch(): Promise<string> {
    return String(this.changes);
  }

  async list(): Promise<StoredRouting> {
    const upstreams = [...this.upstreams.values()].toSorted(by(({ name }) => name));
    const routes = [...this.routes.values()].toSorted(by(({ model }) => model));
    return { upstreams, routes, unreadable: [] };
  }

  async putUpstream(upstream: Omit<StoredUpstream, 'createdAt' | 'changedAt'>): Promise<void> {
    const now = new Date();
    const createdAt = this.upstreams.get(upstream.name)?.createdAt ?? now;
    this.upstreams.set(upstream.name, { ...upstream, createdAt, changedAt: now });
    this.changes += 1;
  }

  async removeUpstream(name: string): Promise<boolean> {
    this.changes += 1;
    return this.upstreams.delete(name);
  }

  async putRoute(route: Route): Promise<void> {
    this.routes.set(route.model, { ...route, changedAt: new Date() });
    this.changes += 1;
  }

  async removeRoute(model: string): Promise<boolean> {
    this.changes += 1;
    return this.routes.delete(model);
  }
}

const by =
  <T>(name: (one: T) => string) =>
  (a: T, b: T): number =>
    name(a) < name(b) ? -1 : 1;
