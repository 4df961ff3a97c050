export { PassThrough, type PassThroughOptions } from './pass-through.js';
export type { IncomingExchange } from './incoming-exchange.js';
export { PassThroughError, type PassThroughRecord } from './pass-through-record.js';
export { UpstreamAccounts, type KeyRing } from './upstream-accounts.js';
export { UpstreamClient, type UpstreamOptions } from './upstream-client.js';
export { upstreamPath, type PathRefusal, type UpstreamPath } from './upstream-path.js';
export type { RawHeaders } from './raw-headers.js';
