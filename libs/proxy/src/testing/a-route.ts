import {
  DEFAULT_CLOCKS,
  DEFAULT_KEEP_ALIVE_MS,
  DEFAULT_RETRIES,
  DEFAULT_UPSTREAM,
  type Route,
  type RouteTarget,
} from '../routing/route.js';

/** A route to the upstream of the environment, with every default. */
export const aRoute = (model: string, more: Partial<Route> = {}): Route => ({
  model,
  targets: [aTarget()],
  retries: DEFAULT_RETRIES,
  timeouts: DEFAULT_CLOCKS,
  delivery: 'live',
  keepAliveMs: DEFAULT_KEEP_ALIVE_MS,
  ...more,
});

export const aTarget = (more: Partial<RouteTarget> = {}): RouteTarget => ({
  upstream: DEFAULT_UPSTREAM,
  model: null,
  weight: null,
  order: 0,
  ...more,
});
