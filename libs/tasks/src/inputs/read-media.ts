import type { Readable } from 'node:stream';
import { OutboundError } from '@app/outbound';
import { MediaError } from './media-error.js';

/** The whole of a body that is not empty and not too large. @throws MediaError, or our own abort */
export async function readMedia(body: Readable, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw tooLarge(maxBytes);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof MediaError) throw error;
    throw mediaErrorOf(error, maxBytes);
  }
  if (bytes === 0) throw new MediaError('it is empty', false);
  return Buffer.concat(chunks, bytes);
}

export const tooLarge = (maxBytes: number): MediaError =>
  new MediaError(`it has more than ${maxBytes} bytes, the most that this model takes`, false);

/** What a failure on the way means; nothing of it tells about our own network. */
export function mediaErrorOf(error: unknown, maxBytes: number): unknown {
  if (!(error instanceof OutboundError)) {
    return new MediaError('it could not be read to its end', true, { cause: error });
  }
  switch (error.kind) {
    case 'aborted':
      return error;
    case 'too-large':
      return tooLarge(maxBytes);
    case 'refused-address':
      return new MediaError('its address is not one that may be fetched', false, { cause: error });
    case 'timeout':
      return new MediaError('its server was too slow', true, { cause: error });
    case 'unresolved':
    case 'connect':
      return new MediaError('its server could not be reached', true, { cause: error });
    case 'reset':
      return new MediaError('its server broke the connection', true, { cause: error });
  }
}
