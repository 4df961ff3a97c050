import { Readable } from 'node:stream';
import type { UpstreamAnswer } from '../answer-handler.js';

/** Errors are some hundred bytes; a longer one is passed on without being looked at whole. */
const MOST_BYTES = 65_536;

/**
 * Reads an answer's body as far as it is looked at, and gives an answer that begins anew.
 * `bytes` is what was read; what breaks off counts as over.
 */
export async function bufferedAnswer(
  answer: UpstreamAnswer,
): Promise<{ readonly bytes: Buffer; readonly answer: UpstreamAnswer }> {
  const { body } = answer;
  const chunks: Buffer[] = [];
  let length = 0;
  let isOver = false;
  while (!isOver && length < MOST_BYTES) {
    const chunk = await nextPiece(body);
    if (chunk === null) isOver = true;
    else {
      chunks.push(chunk);
      length += chunk.length;
    }
  }
  const bytes = Buffer.concat(chunks, length);
  if (!isOver) {
    body.unshift(bytes);
    return { bytes, answer };
  }
  // One that broke off stays broken, so that nobody takes it for whole.
  return body.errored ? { bytes, answer } : { bytes, answer: { ...answer, body: bodyOf(bytes) } };
}

/** A body of what was read already. */
export const bodyOf = (bytes: Buffer): Readable => Readable.from(bytes.length > 0 ? [bytes] : []);

/** The next piece of a stream that nobody else reads; null: it is over, or broke off (`errored` says so). */
export async function nextPiece(body: Readable): Promise<Buffer | null> {
  for (;;) {
    if (body.errored || body.readableEnded || body.destroyed) return null;
    const chunk: unknown = body.read();
    if (chunk instanceof Buffer) return chunk;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        body.off('readable', go).off('end', go).off('error', go).off('close', go);
        resolve();
      };
      body.on('readable', go).on('end', go).on('error', go).on('close', go);
    });
  }
}
