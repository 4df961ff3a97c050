import type { OutboundError, OutboundErrorKind } from '@app/outbound';

/** What the attempt's record says of a status; null where the number says it all. */
export function describeStatus(status: number): string | null {
  if (status >= 300 && status < 400) return `redirect refused (${status})`;
  return status === 410 ? 'gone (410): no further attempt is made' : null;
}

/**
 * What the attempt's record says of a failure on the way. The words are ours: an error's own message
 * may name addresses inside the operator's network.
 */
export function describeFailure(error: OutboundError, timeoutMs: number): string {
  const code = codeOf(error);
  const detail = code === undefined ? undefined : BY_CODE[code];
  if (error.kind === 'timeout') return `timed out after ${timeoutMs / 1000} s`;
  return detail ?? BY_KIND[error.kind];
}

const BY_KIND: Readonly<Record<OutboundErrorKind, string>> = {
  'refused-address': 'refused address: callbacks go to public addresses only',
  unresolved: 'the host name could not be resolved',
  connect: 'could not connect',
  reset: 'connection reset',
  timeout: 'timed out',
  'too-large': 'the answer was too large',
  aborted: 'interrupted by a shutdown of the gateway',
};

/** Codes of Node's sockets and TLS (https://nodejs.org/api/tls.html#x509-certificate-error-codes). */
const BY_CODE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  CERT_HAS_EXPIRED: 'TLS: the certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'TLS: the certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'TLS: a certificate of the chain is self-signed',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'TLS: the certificate chain is incomplete',
  ERR_TLS_CERT_ALTNAME_INVALID: 'TLS: the certificate is for another name',
};

/** The code lies on the error or on what caused it; several addresses tried give an AggregateError. */
function codeOf(error: unknown, depth = 0): string | undefined {
  if (!(error instanceof Error) || depth > 4) return undefined;
  if ('code' in error && typeof error.code === 'string' && error.code in BY_CODE) return error.code;
  const first: unknown = error instanceof AggregateError ? error.errors[0] : undefined;
  return codeOf(error.cause, depth + 1) ?? codeOf(first, depth + 1);
}
