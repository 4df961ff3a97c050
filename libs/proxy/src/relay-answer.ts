import { errorBody, type GatewayError } from '@app/errors';
import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { upstreamFailure } from './upstream-failure.js';

/** How an answer's body ended. */
export type RelayEnd =
  | { readonly kind: 'complete' }
  | { readonly kind: 'client-gone' }
  | { readonly kind: 'cut'; readonly error: GatewayError };

/**
 * Sends the upstream's body on, piece by piece as it arrives and at the pace of the caller. A body
 * that breaks off leaves the response open: `breakOff` ends it in a way that shows.
 */
export function relayAnswer(
  body: Readable,
  response: ServerResponse,
  observe: (chunk: Buffer) => void,
): Promise<RelayEnd> {
  return new Promise((resolve) => {
    if (body.errored) {
      resolve({ kind: 'cut', error: upstreamFailure(body.errored, 'answering') });
      return;
    }
    body.on('data', observe);
    body.on('error', (error) => {
      body.unpipe(response);
      resolve({ kind: 'cut', error: upstreamFailure(error, 'answering') });
    });
    response.on('finish', () => resolve({ kind: 'complete' }));
    response.on('close', () => resolve({ kind: 'client-gone' }));
    // A write to a caller who left; 'close' follows and tells.
    response.on('error', () => undefined);
    body.pipe(response);
    // Where the first piece is here already, the head travels with it; else the caller gets it now.
    if (body.readableLength === 0) response.flushHeaders();
  });
}

/**
 * Ends a response whose upstream broke off so that nobody can take it for a whole one: the last
 * words first, where there are any, then the connection is broken.
 */
export function breakOff(response: ServerResponse, lastWords: string | null): void {
  if (lastWords === null) breakConnection(response);
  else response.write(lastWords, () => breakConnection(response));
}

/**
 * The last frame of an event stream that the upstream cut; OpenAI's SDKs raise it as an error. It
 * begins with a blank line, because the frame before it may be half there (and is lost).
 */
export function errorFrame(error: GatewayError, requestId: string): string {
  return `\n\ndata: ${JSON.stringify({ error: errorBody(error, requestId).error })}\n\n`;
}

/**
 * On HTTP/1.1 a missing last chunk or too few bytes already tell. An HTTP/1.0 caller (nginx by
 * default) takes a plain close for the end, so it gets a reset.
 */
function breakConnection(response: ServerResponse): void {
  if (response.req.httpVersion === '1.0') response.socket?.resetAndDestroy();
  response.destroy();
}
