import type { FastifyReply } from 'fastify';
import { openRaw } from '../open-raw.js';
import { cutOff } from './cut-off.js';

/** Promises all bytes in `Content-Length`, sends the first half and cuts the connection. */
export function sendTruncated(reply: FastifyReply, contentType: string, bytes: Buffer): void {
  const raw = openRaw(reply, { 'content-type': contentType, 'content-length': bytes.length });
  raw.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => cutOff(raw));
}
