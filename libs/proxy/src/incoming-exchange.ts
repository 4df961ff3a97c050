import type { Readable } from 'node:stream';
import type { Identity } from '@app/tenants';
import type { RawHeaders } from './raw-headers.js';

/** A request that passed authentication, as it came in. */
export interface IncomingExchange {
  /** Whose policies hold, and whose limits count. */
  readonly identity: Identity;
  /** What it authenticated with: never sent on, wherever else in the request it stands. */
  readonly key?: string | null;
  readonly method: string;
  /** The raw request target: path and query, byte for byte. */
  readonly target: string;
  readonly rawHeaders: RawHeaders;
  /** May be given for any request: it is forwarded only where the headers announce a body. */
  readonly body: Readable | null;
  readonly requestId: string;
  /** Ends the exchange from our side (a revoked key, a drain); a caller who hangs up needs none. */
  readonly signal?: AbortSignal | undefined;
}
