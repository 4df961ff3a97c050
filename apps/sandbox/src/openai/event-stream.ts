import type { FastifyReply } from 'fastify';
import type { Order } from '../directions/order.js';
import { openRaw } from '../open-raw.js';
import type { SandboxState } from '../state.js';

/** One frame of a stream; `event` only where the API names its events. */
export interface Frame {
  readonly event?: string;
  readonly data: unknown;
}

/** A whole stream as it would go: frames before, the text in pieces, frames after. */
export interface Script {
  readonly opening: readonly Frame[];
  readonly pieces: readonly Frame[];
  readonly closing: readonly Frame[];
  /** What an answer that fails half-way ends with. */
  readonly failure: Frame;
}

/**
 * Plays a script as Server-Sent Events. The work time is spread evenly over the pieces; `fail` ends
 * in an error frame and `truncated-output` in a cut connection, both after half of them. Stops when
 * the client leaves.
 */
export async function playStream(
  state: SandboxState,
  reply: FastifyReply,
  { order, script }: { readonly order: Order; readonly script: Script },
): Promise<void> {
  const raw = openRaw(reply, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
  });
  const fails = order.shows('fail');
  const cut = order.shows('truncated-output');
  const played = fails || cut ? Math.ceil(script.pieces.length / 2) : script.pieces.length;
  for (const frame of script.opening) raw.write(encode(frame));
  for (const frame of script.pieces.slice(0, played)) {
    await state.work(order.workMs / script.pieces.length);
    if (raw.destroyed) return;
    raw.write(encode(frame));
  }
  if (cut) {
    raw.write(': ', () => raw.destroy());
    return;
  }
  for (const frame of fails ? [script.failure] : script.closing) raw.write(encode(frame));
  raw.end();
}

function encode({ event, data }: Frame): string {
  const name = event === undefined ? '' : `event: ${event}\n`;
  return `${name}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;
}
