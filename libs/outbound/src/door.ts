import type { Readable } from 'node:stream';

/**
 * Who chose an address, and so which addresses are allowed:
 * - `operator`: configured base URLs and stores; any address.
 * - `vendor-answer`: a URL out of a vendor's answer; public, or the configured base URL's own host.
 * - `tenant`: callbacks and input media; public, or inside the allowed networks, never our own ports;
 *   with `publicOnly` the allowed networks count for nothing.
 */
export type AddressClass =
  | { readonly kind: 'operator' }
  | { readonly kind: 'vendor-answer'; readonly trustedBaseUrl: string }
  | { readonly kind: 'tenant'; readonly publicOnly?: boolean };

export interface DoorRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD' | (string & {});
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Buffer | Readable | null;
  readonly addressClass: AddressClass;
  readonly timeouts: DoorTimeouts;
  /** More answer bytes than this abort the body with `too-large`. */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Every outbound call has all four clocks, milliseconds. `0` is not accepted. */
export interface DoorTimeouts {
  readonly connectMs: number;
  readonly headersMs: number;
  /** Longest silence between two chunks of the answer's body. */
  readonly idleMs: number;
  readonly totalMs: number;
}

/** Whole milliseconds of the phases of one request; null: it did not come to that, or a kept connection spared it. */
export interface DoorTimings {
  readonly dnsMs: number | null;
  readonly connectMs: number | null;
  readonly tlsMs: number | null;
  /** From the request's last byte to the answer's first. */
  readonly firstByteMs: number | null;
}

/** How far a request came, as far as it came. */
export interface DoorTrace {
  readonly timings: DoorTimings;
  /** The vetted address at the other end of the socket, also where a proxy lies between. */
  readonly remoteAddress: string | null;
}

/** Of a request that did not even begin. */
export const NO_TRACE: DoorTrace = {
  timings: { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: null },
  remoteAddress: null,
};

export interface DoorResponse {
  readonly trace: DoorTrace;
  readonly status: number;
  /** Lower-case names; a repeated header is an array. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The body as it arrives; fails with an `OutboundError` on a clock, a cut, or too many bytes. */
  readonly body: Readable;
}

/**
 * The one exit door: whatever an address from outside (a tenant's, a vendor's answer) or a vendor's
 * adapter asks for leaves through it. Only the pass-through, whose one address the operator
 * configures, has a pipe of its own. Redirects are never followed; proxies of the environment are ignored.
 */
export abstract class Door {
  /** @throws OutboundError */
  abstract request(request: DoorRequest): Promise<DoorResponse>;
  abstract close(): Promise<void>;
}
