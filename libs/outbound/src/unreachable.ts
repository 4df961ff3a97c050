import { OutboundError, type UnreachableReason } from './outbound-error.js';

/**
 * That no connection came about, and nothing was sent; `what` is a phrase without its full stop, and
 * without a `reason` the fault is ours.
 */
export function unreachable(
  reason: UnreachableReason | undefined,
  what: string,
  cause?: unknown,
): OutboundError {
  const code = codeOf(cause);
  const detail = code === undefined ? '' : ` (${code})`;
  return new OutboundError('connect', `${what}${detail}.`, false, { cause, reason });
}

/** The system's or the TLS library's code, such as ECONNREFUSED; never text of the other side. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
