import { GatewayError } from '@app/errors';
import type { Readable } from 'node:stream';
import type { HeldLease } from './held-bytes.js';

/** A body that was read: whole, or as far as may be held; the rest is still in its stream. */
export type TakenBody =
  | { readonly kind: 'whole'; readonly bytes: Buffer }
  | {
      readonly kind: 'begun';
      readonly bytes: Buffer;
      readonly because: 'too-large' | 'no-room';
    };

export interface TakingLimits {
  readonly maxBytes: number;
  readonly lease: HeldLease;
  /** Ends the reading; the promise fails with its reason. */
  readonly signal: AbortSignal;
  /** Told of each piece that came. */
  readonly onBytes?: (bytes: number) => void;
  /** Silence in the middle of the body. Default 30 s. */
  readonly stallMs?: number;
}

const STALL_MS = 30_000;

/**
 * Reads a body whole, unless it is larger than may be held; the stream is then left paused behind what
 * was read. The connection is not touched: an answer is owed whatever happens.
 * @throws GatewayError INVALID_REQUEST when it breaks off or falls silent; the signal's reason
 */
export async function takeBody(source: Readable, limits: TakingLimits): Promise<TakenBody> {
  const { maxBytes, lease, signal, onBytes, stallMs = STALL_MS } = limits;
  const chunks: Buffer[] = [];
  let length = 0;
  return await new Promise((resolve, reject) => {
    const stop = (end: () => void): void => {
      clearTimeout(stalled);
      source.off('data', onData).off('end', onEnd).off('error', onBroken).off('close', onBroken);
      signal.removeEventListener('abort', onAbort);
      source.pause();
      end();
    };
    const taken = (because?: 'too-large' | 'no-room'): void => {
      const bytes = Buffer.concat(chunks, length);
      stop(() => resolve(because ? { kind: 'begun', bytes, because } : { kind: 'whole', bytes }));
    };
    const onData = (chunk: Buffer): void => {
      stalled.refresh();
      chunks.push(chunk);
      length += chunk.length;
      onBytes?.(chunk.length);
      if (length > maxBytes) taken('too-large');
      else if (!lease.take(chunk.length)) taken('no-room');
    };
    const onEnd = (): void => taken();
    // A caller who left is told of by the signal too, a moment later; it has the better word for it.
    const onBroken = (): void =>
      stop(() => setImmediate(() => reject(aborted(signal) ?? BROKEN())));
    const onAbort = (): void => stop(() => reject(aborted(signal) ?? BROKEN()));
    const stalled = setTimeout(() => stop(() => reject(silent(stallMs))), stallMs);
    if (signal.aborted) return onAbort();
    if (source.destroyed) return onBroken();
    signal.addEventListener('abort', onAbort, { once: true });
    source.on('data', onData).on('end', onEnd).on('error', onBroken).on('close', onBroken);
  });
}

const aborted = (signal: AbortSignal): Error | null =>
  signal.aborted && signal.reason instanceof Error ? signal.reason : null;

const BROKEN = (): GatewayError => new GatewayError('INVALID_REQUEST', 'The body broke off.');

const silent = (stallMs: number): GatewayError =>
  new GatewayError('INVALID_REQUEST', `Nothing more of the body came for ${stallMs / 1000} s.`);
