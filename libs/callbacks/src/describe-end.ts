import type { OutboundError } from '@app/outbound';
import type { FailureClass } from './judge-error-class.js';

/** What the attempt's record says of a status; null where the number says it all. */
export function describeStatus(status: number): string | null {
  if (status >= 300 && status < 400) return `redirect refused (${status})`;
  return status === 410 ? 'gone (410): no further attempt is made' : null;
}

/**
 * What the attempt's record says of a failure on the way. The words are ours: an error's own message
 * may name addresses inside the operator's network. Whether an address is forbidden, closed or silent
 * is a fact of that network too, so all three are told in the same words.
 */
export function describeFailure(
  error: OutboundError,
  errorClass: FailureClass,
  timeoutMs: number,
): string {
  switch (errorClass) {
    case 'refused-url':
      // The guard's verdict on the text of the URL, which whoever gave it knows.
      return error.message;
    case 'timeout':
      return `no answer within ${timeoutMs / 1000} s`;
    case 'tls':
      return BY_TLS_CODE[tlsCodeOf(error) ?? ''] ?? 'TLS: no secure connection could be made';
    case 'blocked':
    case 'closed':
    case 'filtered':
      return 'no connection could be made';
    case 'unresolved':
      return 'the host name could not be resolved';
    case 'reset':
      return 'connection reset';
    case 'too-large':
      return 'the answer was too large';
    case 'interrupted':
      return 'interrupted by a shutdown of the gateway';
  }
}

/** Codes of Node's TLS (https://nodejs.org/api/tls.html#x509-certificate-error-codes). */
const BY_TLS_CODE: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'TLS: the certificate has expired',
  CERT_NOT_YET_VALID: 'TLS: the certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'TLS: the certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'TLS: a certificate of the chain is self-signed',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'TLS: the certificate chain is incomplete',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'TLS: the certificate chain is incomplete',
  ERR_TLS_CERT_ALTNAME_INVALID: 'TLS: the certificate is for another name',
};

/** The code lies on the error or on what caused it; several addresses tried give an AggregateError. */
function tlsCodeOf(error: unknown, depth = 0): string | undefined {
  if (!(error instanceof Error) || depth > 4) return undefined;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (code !== undefined && code in BY_TLS_CODE) return code;
  const first: unknown = error instanceof AggregateError ? error.errors[0] : undefined;
  return tlsCodeOf(error.cause, depth + 1) ?? tlsCodeOf(first, depth + 1);
}
