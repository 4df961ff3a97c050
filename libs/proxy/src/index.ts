export { PassThrough } from './pass-through.js';
export type { PassThroughOptions } from './pass-through-options.js';
export { Governor } from './governor.js';
export { readMaxCost } from './max-cost.js';
export { NO_GOVERNOR } from './no-governor.js';
export { JsonFieldScanner } from './json-field-scanner.js';
export { isJson } from './media-type.js';
export type { UpstreamRead } from './read-upstream.js';
export type { IncomingExchange } from './incoming-exchange.js';
export { PassThroughError, type PassThroughRecord } from './pass-through-record.js';
export { UpstreamAccounts, type UpstreamKey } from './upstream-accounts.js';
export { UpstreamClient, type UpstreamOptions } from './upstream-client.js';
export { upstreamPath, type UpstreamPath } from './upstream-path.js';
export type { RawHeaders } from './raw-headers.js';
export { MeteredGovernor, type MeteredGovernorParts } from './money/metered-governor.js';
export { NO_OBJECTS, Objects } from './objects/objects.js';
export { NO_REPLAYS } from './replays/replays.js';
export { Routing } from './routing/routing.js';
export { TargetHealth } from './routing/target-health.js';
export { type LiveUpstream, Upstreams } from './routing/upstreams.js';
export { DEFAULT_UPSTREAM } from './routing/route.js';
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
