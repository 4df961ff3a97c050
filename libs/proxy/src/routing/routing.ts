import type { Route } from './route.js';
import type { Upstreams } from './upstreams.js';

/** Where calls may go, as it is now: replaced whole when operators change it. */
export class Routing {
  private current: readonly Route[] = [];

  constructor(readonly upstreams: Upstreams) {}

  get routes(): readonly Route[] {
    return this.current;
  }

  replaceRoutes(routes: readonly Route[]): void {
    this.current = routes;
  }
}
