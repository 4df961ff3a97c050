import type { Route } from './route.js';
import type { Upstreams } from './upstreams.js';

export class Routing {
  private now: readonly Route[] = [];
  constructor(readonly upstreams: Upstreams) {}
  get routes(): readonly Route[] {
    return this.now;
  }
  replaceRoutes(routes: readonly Route[]): void {
    this.now = routes;
  }
}
