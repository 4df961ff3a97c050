import { ProviderError } from '@app/errors';
import { OutboundError } from '@app/outbound';

/**
 * What a call that brought no answer means. Only a door that is certain that nothing was sent makes
 * it a `no`; a reset, a timeout or an abort may have reached the vendor, so a submit is `unknown`.
 * The axios error itself is never the cause: it carries the request's headers, and so the key.
 */
export function transportError(vendor: string, error: unknown): ProviderError {
  const outbound = outboundErrorIn(error);
  if (outbound && !outbound.requestSent) {
    return new ProviderError(`${vendor} could not be reached (${outbound.kind})`, {
      accepted: 'no',
      retryable: true,
      cause: outbound,
    });
  }
  const kind = outbound?.kind ?? codeOf(error) ?? 'no answer';
  return new ProviderError(`The call to ${vendor} broke before an answer came (${kind})`, {
    accepted: 'unknown',
    retryable: true,
    cause: outbound ?? causeOf(error),
  });
}

/** Whether the door cut an answer short that was longer than the call takes: the next try ends the same. */
export function isTooLarge(error: unknown): boolean {
  const cause = error instanceof ProviderError ? error.cause : undefined;
  return cause instanceof OutboundError && cause.kind === 'too-large';
}

function outboundErrorIn(error: unknown): OutboundError | undefined {
  if (error instanceof OutboundError) return error;
  const cause = causeOf(error);
  return cause instanceof OutboundError ? cause : undefined;
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}
