import { errorBody, type GatewayError } from '@app/errors';
import type { SocketDialect } from './socket-dialect.js';
import type { Told } from './socket-session.js';

/**
 * A refusal as an event of the connection, in the form in which OpenAI sends its own: `RealtimeErrorEvent`
 * and `ResponseWsError` of its SDK. Pure.
 */
export function errorEvent(
  error: GatewayError,
  { dialect, requestId, about }: ErrorEventFacts,
): string {
  const { error: inner } = errorBody(error, requestId);
  const { eventId = null, streamId = null } = about;
  if (dialect === 'responses') {
    return JSON.stringify({
      type: 'error',
      status: error.status,
      error: inner,
      ...(streamId !== null && { stream_id: streamId }),
    });
  }
  return JSON.stringify({
    type: 'error',
    event_id: `event_${requestId}`,
    error: { ...inner, event_id: eventId?.slice(0, 256) ?? null },
  });
}

export interface ErrorEventFacts {
  readonly dialect: SocketDialect;
  readonly requestId: string;
  readonly about: Told;
}
