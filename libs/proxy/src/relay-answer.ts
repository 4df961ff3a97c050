import type { GatewayError } from '@app/errors';
import type { ServerResponse } from 'node:http';
import { pipeline, type Readable, type Transform } from 'node:stream';
import { UpstreamFailure, upstreamFailure } from './upstream-failure.js';

/** How an answer's body ended. */
export type RelayEnd =
  | { readonly kind: 'complete' }
  /** `drained`: the rest of the answer came all the same, to its end. */
  | { readonly kind: 'client-gone'; readonly drained: boolean }
  | { readonly kind: 'cut'; readonly error: GatewayError };

export interface Relay {
  readonly body: Readable;
  /** What stands between the upstream and the caller, in order. */
  readonly stages: readonly Transform[];
  readonly response: ServerResponse;
  /** Sees each piece as it came from the upstream. */
  readonly observe: (chunk: Buffer) => void;
  /** Sees each piece as the caller gets it. */
  readonly sent: (chunk: Buffer) => void;
  /** Asked at the body's end: whether it may be taken for whole. */
  readonly isWhole: () => boolean;
  /** The rest is wanted also when the caller has left. */
  readonly drains: boolean;
}

/**
 * Sends the upstream's body on, piece by piece as it arrives and at the pace of the caller. A body
 * that breaks off leaves the response open: `breakOff` ends it in a way that shows.
 */
export function relayAnswer(relay: Relay): Promise<RelayEnd> {
  const { body, stages, response, observe, sent, isWhole, drains } = relay;
  return new Promise((resolve) => {
    if (body.errored) {
      resolve({ kind: 'cut', error: upstreamFailure(body.errored, 'answering') });
      return;
    }
    let isGone = false;
    body.on('data', observe);
    const out = staged(body, stages);
    out.on('data', sent);
    out.on('error', (error) => {
      out.unpipe(response);
      if (isGone) resolve({ kind: 'client-gone', drained: false });
      else resolve({ kind: 'cut', error: upstreamFailure(error, 'answering') });
    });
    out.on('end', () => {
      if (isGone) resolve({ kind: 'client-gone', drained: isWhole() });
      else if (isWhole()) response.end();
      else resolve({ kind: 'cut', error: unfinished() });
    });
    response.on('finish', () => resolve({ kind: 'complete' }));
    const onGone = (): void => {
      isGone = true;
      out.unpipe(response);
      if (drains && !out.readableEnded && !out.destroyed) out.resume();
      else resolve({ kind: 'client-gone', drained: false });
    };
    response.on('close', onGone);
    // A write to a caller who left; 'close' follows and tells.
    response.on('error', () => undefined);
    if (response.destroyed) return onGone();
    out.pipe(response, { end: false });
    // Where the first piece is here already, the head travels with it; else the caller gets it now.
    if (body.readableLength === 0) response.flushHeaders();
  });
}

/** Whatever breaks breaks all of them, so that the last one tells. */
function staged(body: Readable, stages: readonly Transform[]): Readable {
  const last = stages.at(-1);
  if (!last) return body;
  pipeline([body, ...stages], () => undefined);
  return last;
}

const unfinished = (): UpstreamFailure =>
  new UpstreamFailure(
    'UPSTREAM_ERROR',
    'The upstream ended its stream before it was finished.',
    true,
  );

/**
 * Ends a response whose upstream broke off so that nobody can take it for a whole one: the last
 * words first, where there are any, then the connection is broken.
 */
export function breakOff(response: ServerResponse, lastWords: string | null): void {
  if (lastWords === null) breakConnection(response);
  else response.write(lastWords, () => breakConnection(response));
}

/**
 * On HTTP/1.1 a missing last chunk or too few bytes already tell. An HTTP/1.0 caller (nginx by
 * default) takes a plain close for the end, so it gets a reset.
 */
function breakConnection(response: ServerResponse): void {
  if (response.req.httpVersion === '1.0') response.socket?.resetAndDestroy();
  response.destroy();
}
