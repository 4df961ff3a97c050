export { PassThrough } from './pass-through.js';
export type { PassThroughOptions } from './pass-through-options.js';
export { Governor } from './governor.js';
export { readMaxCost } from './max-cost.js';
export { NO_GOVERNOR } from './no-governor.js';
export { isForm, modelScanner } from './model-scanner.js';
export type { UpstreamRead } from './read-upstream.js';
export type { IncomingExchange } from './incoming-exchange.js';
export { PassThroughError, type PassThroughRecord } from './pass-through-record.js';
export { UpstreamAccounts, type UpstreamKey } from './upstream-accounts.js';
export { UpstreamClient, type UpstreamOptions } from './upstream-client.js';
export { upstreamPath, type UpstreamPath } from './upstream-path.js';
export { MeteredGovernor, type MeteredGovernorParts } from './money/metered-governor.js';
export type { Explanation } from './explain/explanation.js';
export { explainedRefusal } from './explain/explained-refusal.js';
export { NO_OBJECTS, type ObjectPin, Objects } from './objects/objects.js';
export { type Holding, ObjectStore, type UpstreamObject } from './objects/object-store.js';
export { ObjectWriter } from './objects/object-writer.js';
export { OwnedObjects } from './objects/owned-objects.js';
export { plainAnswer } from './socket/plain-answer.js';
export { Sockets } from './socket/sockets.js';
export type { Upgrade } from './socket/caller-socket.js';
export { LiveUpstreams } from './routing/live-upstreams.js';
export { isGlob, matchRoute } from './routing/match-route.js';
export { readRoute, ROUTE_LIMITS } from './routing/read-route.js';
export { readUpstream, readUpstreamSpec } from './routing/read-upstream.js';
export {
  DEFAULT_CLOCKS,
  DEFAULT_KEEP_ALIVE_MS,
  DEFAULT_RETRIES,
  DEFAULT_UPSTREAM,
  DELIVERIES,
  type Route,
} from './routing/route.js';
export {
  RoutingStore,
  type StoredRoute,
  type StoredRouting,
  type StoredUpstream,
  type UnreadableRow,
  UPSTREAM_SECRET_PURPOSE,
} from './routing/routing-store.js';
export { Routing } from './routing/routing.js';
export { RoutingWatch } from './routing/routing-watch.js';
export { TargetHealth } from './routing/target-health.js';
export { type LiveUpstream, Upstreams } from './routing/upstreams.js';
export { type ImaginedCall, NOTHING_FOUND, type Simulation } from './explain/simulation.js';
export { headerValue, type RawHeaders } from './raw-headers.js';
export { KeptReplays, type KeptReplaysParts } from './replays/kept-replays.js';
export {
  type NewReplay,
  type ReplayEnd,
  type ReplayKey,
  type ReplayRef,
  type ReplayRow,
  type ReplayState,
  ReplayStore,
} from './replays/replay.store.js';
