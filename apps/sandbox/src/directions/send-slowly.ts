import { setTimeout as wait } from 'node:timers/promises';
import type { FastifyReply } from 'fastify';
import { openRaw } from '../open-raw.js';

const PARTS = 30;
const PAUSE_MS = 100;

/** Drips the bytes over three seconds. A client that leaves ends it. */
export async function sendSlowly(
  reply: FastifyReply,
  contentType: string,
  bytes: Buffer,
): Promise<void> {
  const raw = openRaw(reply, { 'content-type': contentType, 'content-length': bytes.length });
  const size = Math.ceil(bytes.length / PARTS);
  for (let start = 0; start < bytes.length && !raw.destroyed; start += size) {
    raw.write(bytes.subarray(start, start + size));
    // The pauses are the point: one part after the other.
    await wait(PAUSE_MS);
  }
  raw.end();
}
