export { aRoute, aTarget } from './a-route.js';
export { describeRoutingStore } from './describe-routing-store.js';
export { InMemoryRoutingStore } from './in-memory-routing.store.js';
export { plainPassThrough } from './plain-pass-through.js';
export { standingUpstream } from './standing-upstream.js';
