import { errorBody, GatewayError, type ErrorBody } from '@app/errors';
import { PassThroughError } from '@app/proxy';
import { HttpException } from '@nestjs/common';

export interface RenderedError {
  readonly error: GatewayError;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ErrorBody;
}

/** What a caller sees of an error. Whatever is no `GatewayError` is our bug and shows nothing of itself. */
export function renderError(thrown: unknown, requestId: string): RenderedError {
  const error = asGatewayError(thrown);
  return {
    error,
    headers: {
      ...error.headers,
      'content-type': 'application/json; charset=utf-8',
      'x-taskgate-request-id': requestId,
      ...(error.retryAfterSeconds !== undefined && {
        'retry-after': String(error.retryAfterSeconds),
      }),
      ...(error.allow && { allow: error.allow.join(', ') }),
      ...(thrown instanceof PassThroughError && thrown.mayHaveRun && { 'x-should-retry': 'false' }),
    },
    body: errorBody(error, requestId),
  };
}

function asGatewayError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  const message = error instanceof Error ? error.message : '';
  switch (statusOf(error)) {
    case 400:
      return new GatewayError('INVALID_REQUEST', message, { cause: error });
    case 404:
    // A path parameter longer than any id.
    case 414:
      return new GatewayError('NOT_FOUND', 'No such path.', { cause: error });
    case 413:
      return new GatewayError('PAYLOAD_TOO_LARGE', message, { cause: error });
    case 415:
      return new GatewayError('UNSUPPORTED_MEDIA_TYPE', message, { cause: error });
    default:
      return new GatewayError('INTERNAL', OUR_FAULT, { cause: error });
  }
}

const OUR_FAULT = 'Something went wrong on our side; the request id finds it in the logs.';

/** Nest's exceptions tell their status by a method, Fastify's own errors by a property. */
function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  if (error instanceof Error && 'statusCode' in error) return Number(error.statusCode);
  return 500;
}
