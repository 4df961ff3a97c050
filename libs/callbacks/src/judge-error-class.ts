import type { OutboundError, OutboundErrorKind } from '@app/outbound';
import type { AttemptErrorClass } from './delivery.js';

/** How an attempt fails before there is a status. */
export type FailureClass = Exclude<
  AttemptErrorClass,
  'redirect' | 'gone' | 'throttled' | 'misconfigured' | 'client-error' | 'server-error'
>;

/** What a receiver's status means; null: it took the callback. */
export function errorClassOfStatus(status: number): AttemptErrorClass | null {
  if (status >= 200 && status < 300) return null;
  const own = BY_STATUS[status];
  if (own !== undefined) return own;
  if (status >= 300 && status < 400) return 'redirect';
  // What is no status at all counts as the server's fault (RFC 9110, section 15).
  return status >= 400 && status < 500 ? 'client-error' : 'server-error';
}

/**
 * What lay behind a failure on the way: what the door says of it, else what its kind says. Null: it lies
 * with us (this machine has no sockets left, the operator's forward proxy failed), so nothing is known of
 * the receiver.
 */
export function errorClassOfFailure(
  failure: Pick<OutboundError, 'kind' | 'reason' | 'requestSent'>,
): FailureClass | null {
  const { kind, reason, requestSent } = failure;
  if (reason !== undefined) return reason === 'proxy' ? null : reason;
  // Before the request no receiver can be slow to answer it: nothing answered there.
  if (kind === 'timeout' && !requestSent) return 'filtered';
  return BY_KIND[kind];
}

const BY_STATUS: Readonly<Record<number, AttemptErrorClass>> = {
  401: 'misconfigured',
  403: 'misconfigured',
  404: 'misconfigured',
  410: 'gone',
  429: 'throttled',
};

const BY_KIND: Readonly<Record<OutboundErrorKind, FailureClass | null>> = {
  'refused-address': 'refused-url',
  unresolved: 'unresolved',
  /** The door gives a reason for every connection that the other side did not take. */
  connect: null,
  reset: 'reset',
  timeout: 'timeout',
  'too-large': 'too-large',
  aborted: 'interrupted',
};
