import {
  DEFAULT_CLOCKS,
  DEFAULT_KEEP_ALIVE_MS,
  DEFAULT_RETRIES,
  type Route,
} from '../routing/route.js';

/** A route to the upstream of the environment, with every default. */
export const aRoute = (model: string, more: Partial<Route> = {}): Route => ({
  model,
  targets: [{ upstream: 'openai', model: null, weight: null, order: 0 }],
  retries: DEFAULT_RETRIES,
  timeouts: DEFAULT_CLOCKS,
  delivery: 'live',
  keepAliveMs: DEFAULT_KEEP_ALIVE_MS,
  ...more,
});
