import type { DoorTrace } from './door.js';

/**
 * What went wrong on the way out:
 * - `refused-address`: the guard said no; nothing was sent.
 * - `unresolved`, `connect`: name or host could not be reached; nothing was sent.
 * - `reset`, `timeout`: the exchange broke; `requestSent` says whether the other side may have acted.
 * - `too-large`: more answer bytes or headers than allowed.
 * - `aborted`: our own signal.
 */
export type OutboundErrorKind =
  'refused-address' | 'unresolved' | 'connect' | 'reset' | 'timeout' | 'too-large' | 'aborted';

/**
 * What lay behind a request that never reached its receiver, for operators only. `refused-url`: its
 * text was not taken; `blocked`: the name leads to a forbidden address; `closed`, `filtered`: nobody
 * listens, nothing answers. To a tenant these last three are one: same kind (`connect`), same words, same
 * time. `proxy`: the operator's forward proxy failed, so nothing is known of the receiver.
 */
export type UnreachableReason =
  'refused-url' | 'blocked' | 'closed' | 'filtered' | 'unresolved' | 'tls' | 'proxy';

export class OutboundError extends Error {
  /** How far it came; set by the door. */
  trace: DoorTrace | undefined;
  /** Set where nothing was sent and the other side, or the way to it, is why. */
  reason: UnreachableReason | undefined;

  constructor(
    readonly kind: OutboundErrorKind,
    message: string,
    /** False only when it is certain that not one byte of the request reached the other side. */
    readonly requestSent: boolean,
    options: { readonly cause?: unknown; readonly reason?: UnreachableReason | undefined } = {},
  ) {
    super(message, options);
    this.name = 'OutboundError';
    this.reason = options.reason;
  }
}
