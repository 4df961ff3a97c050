import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { watchLeaving } from './caller-socket.js';

export interface RefusalMeans {
  /** Its head is out. */
  readonly response: ServerResponse;
  /** Of the caller; nobody else reads it. */
  readonly socket: Duplex;
  /** Ends it whatever either side does. */
  readonly signal: AbortSignal;
  readonly onBytes: (bytes: number) => void;
}

/**
 * The body of an answer in the place of a connection. Where either side breaks off, or the upstream falls
 * silent, the other is broken too, which shows in what is missing.
 */
export async function passRefusal(
  answer: IncomingMessage,
  { response, socket, signal, onBytes }: RefusalMeans,
): Promise<void> {
  const breakOff = (): void => void answer.destroy();
  answer.on('data', (chunk: Buffer) => onBytes(chunk.length));
  answer.setTimeout(IDLE_MS, breakOff);
  signal.addEventListener('abort', breakOff);
  const stopWatching = watchLeaving(socket, breakOff);
  await pipeline(answer, response).catch(() => undefined);
  stopWatching();
  signal.removeEventListener('abort', breakOff);
}

const IDLE_MS = 30_000;
