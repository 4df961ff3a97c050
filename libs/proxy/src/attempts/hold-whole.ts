import { pipeline } from 'node:stream/promises';
import type { UpstreamAnswer } from '../answer-handler.js';
import { HeldAnswer } from '../stream/held-answer.js';
import type { StreamVerdict } from '../stream/stream-verdict.js';
import { UpstreamFailure, upstreamFailure } from '../upstream-failure.js';
import { type AttemptEnd, failed } from './attempt.js';
import { faultOfError } from './fault.js';

/** Of one answer; more than the first goes to a file, more than the second is given up. */
const MEMORY_BYTES = 1_048_576;
const MAX_BYTES = 67_108_864;

/**
 * Takes an answer to its end before it counts (delivery `complete`): one that is cut, or says in the middle that
 * it failed, can then be asked for elsewhere.
 * @throws GatewayError that is no fault of the upstream's (more than is held, the disk)
 */
export async function holdWhole(
  answer: UpstreamAnswer,
  verdict: StreamVerdict,
  folder: string,
): Promise<AttemptEnd> {
  const held = new HeldAnswer({ folder, memoryBytes: MEMORY_BYTES, maxBytes: MAX_BYTES });
  answer.body.on('data', (chunk: Buffer) => verdict.write(chunk));
  try {
    await pipeline(answer.body, held);
  } catch (error) {
    held.destroy();
    const failure = upstreamFailure(error instanceof Error ? error : new Error(), 'answering');
    // Whoever is asked for it next makes as much, and is paid for it too.
    if (held.isTooLarge || !(failure instanceof UpstreamFailure)) throw failure;
    return failed(failure.code === 'UPSTREAM_TIMEOUT' ? 'stalled' : 'cut', failure);
  }
  const end = verdict.end(true);
  if (end.kind === 'open') {
    held.destroy();
    return failed('cut', new UpstreamFailure('UPSTREAM_ERROR', UNFINISHED, true));
  }
  if (verdict.malformed) {
    held.destroy();
    return failed('malformed', new UpstreamFailure('UPSTREAM_ERROR', MALFORMED, true));
  }
  const whole = { ...answer, body: held.giveOut() };
  if (end.kind === 'finished') return { kind: 'answered', answer: whole };
  return failed(faultOfError(null, end), whole);
}

const MALFORMED = 'The upstream sent an event in its stream that cannot be read.';
const UNFINISHED = 'The upstream ended its stream before it was finished.';
