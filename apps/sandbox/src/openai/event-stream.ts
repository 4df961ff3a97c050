import type { FastifyReply } from 'fastify';
import type { ServerResponse } from 'node:http';
import { cutOff } from '../directions/cut-off.js';
import type { Order } from '../directions/order.js';
import type { Fault } from '../directions/read-directions.js';
import { openRaw } from '../open-raw.js';
import type { SandboxState } from '../state.js';
import { SLOW_FIRST_MS } from './slow-first.js';

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

const STREAM_FAULTS = [
  'slow-first-token',
  'error-frame',
  'fail',
  'truncated-output',
  'stall',
  'malformed-frame',
  'no-finish',
  'no-done',
] as const satisfies readonly Fault[];
type StreamFault = (typeof STREAM_FAULTS)[number];

/** These end a stream after half of its pieces. */
const HALF_WAY: ReadonlySet<StreamFault | undefined> = new Set([
  'fail',
  'truncated-output',
  'stall',
  'malformed-frame',
  'no-finish',
]);

/**
 * Plays a script as Server-Sent Events, the work time spread evenly over the pieces, and shows what the
 * order directs on the way. Stops when the client leaves.
 */
export async function playStream(
  state: SandboxState,
  reply: FastifyReply,
  { order, script }: { readonly order: Order; readonly script: Script },
): Promise<void> {
  const fault = STREAM_FAULTS.find((name) => order.shows(name));
  const raw = openRaw(reply, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
  });
  if (fault === 'error-frame') return void raw.end(encode(script.failure));
  const slowFirst = fault === 'slow-first-token';
  if (slowFirst) {
    raw.flushHeaders();
    await state.work(order.workMs || SLOW_FIRST_MS);
  }
  for (const frame of script.opening) raw.write(encode(frame));
  const half = Math.ceil(script.pieces.length / 2);
  for (const frame of script.pieces.slice(0, HALF_WAY.has(fault) ? half : undefined)) {
    await state.work(slowFirst ? 0 : order.workMs / script.pieces.length);
    if (raw.destroyed) return;
    raw.write(encode(frame));
  }
  end(raw, script, fault);
}

/** What follows the pieces. */
function end(raw: ServerResponse, script: Script, fault: StreamFault | undefined): void {
  const { pieces, closing } = script;
  const half = Math.ceil(pieces.length / 2);
  const endWith = (frames: readonly Frame[]): void => void raw.end(frames.map(encode).join(''));
  switch (fault) {
    case 'fail':
      return endWith([script.failure]);
    case 'truncated-output':
      return void raw.write(': ', () => cutOff(raw));
    case 'stall':
      return;
    case 'no-finish':
      return endWith([]);
    case 'malformed-frame':
      // The very next piece with its end missing; everything after it is fine.
      raw.write(`${encode(pieces[half] ?? script.failure).slice(0, -5)}\n\n`);
      return endWith([...pieces.slice(half + 1), ...closing]);
    case 'no-done':
      return endWith(closing.filter(({ data }) => data !== '[DONE]'));
    case 'slow-first-token':
    case 'error-frame':
    case undefined:
      return endWith(closing);
  }
}

function encode({ event, data }: Frame): string {
  const name = event === undefined ? '' : `event: ${event}\n`;
  return `${name}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;
}
