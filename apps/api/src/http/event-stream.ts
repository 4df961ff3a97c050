/** One event of an event stream (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
export interface StreamEvent {
  readonly id: string;
  readonly event: string;
  /** Sent as JSON: one line, whatever it holds. */
  readonly data: unknown;
}

export const eventFrame = ({ id, event, data }: StreamEvent): string =>
  `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

/** Tells a client that lost its connection when to come again. Also the first byte that proxies pass on. */
export const retryFrame = (milliseconds: number): string => `retry: ${milliseconds}\n\n`;

/** Keeps the connection alive; no client shows it. */
export const HEARTBEAT = ': still here\n\n';

/** Nothing on the way may keep, gather or compress the stream; nginx gathers unless it is told. */
export const EVENT_STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
} as const;
