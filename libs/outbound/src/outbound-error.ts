/**
 * What went wrong on the way out:
 * - `refused-address`: the guard said no; nothing was sent.
 * - `unresolved`, `connect`: name or host could not be reached; nothing was sent.
 * - `reset`, `timeout`: the exchange broke; `requestSent` says whether the other side may have acted.
 * - `too-large`: more answer bytes than allowed.
 * - `aborted`: our own signal.
 */
export type OutboundErrorKind =
  'refused-address' | 'unresolved' | 'connect' | 'reset' | 'timeout' | 'too-large' | 'aborted';

export class OutboundError extends Error {
  constructor(
    readonly kind: OutboundErrorKind,
    message: string,
    /** False only when it is certain that not one byte of the request reached the other side. */
    readonly requestSent: boolean,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
    this.name = 'OutboundError';
  }
}
