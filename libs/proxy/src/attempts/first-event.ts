import type { Readable } from 'node:stream';
import type { UpstreamAnswer } from '../answer-handler.js';
import type { StreamEnd, StreamVerdict } from '../stream/stream-verdict.js';
import { UpstreamFailure } from '../upstream-failure.js';
import { bodyOf, nextPiece } from './buffered-answer.js';
import { type FaultKind, faultOfError } from './fault.js';

/** How a stream began. */
export type FirstEvent =
  | { readonly kind: 'begun' }
  /** Its first event is an error; the stream can still be passed on. */
  | { readonly kind: 'failed'; readonly fault: FaultKind }
  | { readonly kind: 'malformed' | 'silent' | 'cut' | 'stalled' };

/** More comments than this before the first event, and it is taken for begun. */
const MOST_BYTES = 262_144;

/**
 * Waits until a stream shows an event that is no comment. What was read of it is put back, or given as a body of
 * its own where the stream is over by then.
 */
export async function firstEvent(
  answer: UpstreamAnswer,
  verdict: StreamVerdict,
  timeoutMs: number,
): Promise<{ readonly first: FirstEvent; readonly answer: UpstreamAnswer }> {
  const { body } = answer;
  const { first, bytes } = await readFirst(body, verdict, timeoutMs);
  if (body.readableEnded) return { first, answer: { ...answer, body: bodyOf(bytes) } };
  if (bytes.length > 0 && !body.destroyed) body.unshift(bytes);
  return { first, answer };
}

async function readFirst(
  body: Readable,
  verdict: StreamVerdict,
  timeoutMs: number,
): Promise<{ readonly first: FirstEvent; readonly bytes: Buffer }> {
  const silence = new UpstreamFailure('UPSTREAM_TIMEOUT', 'No event came in time.', true);
  const clock = setTimeout(() => body.destroy(silence), timeoutMs);
  const chunks: Buffer[] = [];
  let length = 0;
  const read = (): Buffer => Buffer.concat(chunks, length);
  try {
    for (;;) {
      const chunk = await nextPiece(body);
      if (chunk === null) return { first: atEnd(body, verdict, silence), bytes: read() };
      verdict.write(chunk);
      chunks.push(chunk);
      length += chunk.length;
      if (verdict.began || length > MOST_BYTES) {
        return { first: begun(verdict, verdict.end(false)), bytes: read() };
      }
    }
  } finally {
    clearTimeout(clock);
  }
}

function begun(verdict: StreamVerdict, end: StreamEnd): FirstEvent {
  if (verdict.malformed) return { kind: 'malformed' };
  if (end.kind !== 'failed') return { kind: 'begun' };
  return { kind: 'failed', fault: faultOfError(null, end) };
}

/** It ended, or broke off, before its first event was whole. */
function atEnd(body: Readable, verdict: StreamVerdict, silence: Error): FirstEvent {
  const { errored } = body;
  if (errored === silence) return { kind: 'silent' };
  if (errored) {
    const isTimeout = errored instanceof UpstreamFailure && errored.code === 'UPSTREAM_TIMEOUT';
    return { kind: isTimeout ? 'stalled' : 'cut' };
  }
  const end = verdict.end(true);
  return end.kind === 'open' ? { kind: 'cut' } : begun(verdict, end);
}
