import {
  DEFAULT_CLOCKS,
  DEFAULT_UPSTREAM,
  type Route,
  type RouteTarget,
} from '../routing/route.js';

/** A route for every model to the environment's upstream, but for what is said. */
export const route = (more: Partial<Route> = {}): Route => ({
  model: '*',
  targets: [target()],
  retries: 2,
  timeouts: DEFAULT_CLOCKS,
  delivery: 'live',
  keepAliveMs: 0,
  ...more,
});

export const target = (more: Partial<RouteTarget> = {}): RouteTarget => ({
  upstream: DEFAULT_UPSTREAM,
  model: null,
  weight: null,
  order: 0,
  ...more,
});
