import type { ServerResponse } from 'node:http';
import { relayAnswer } from '../relay-answer.js';
import type { StoredAnswer } from './replays.js';

/** For an answer that is given again: whoever reads it knows that nothing was done for this call. */
const REPLAYED = 'Idempotent-Replay';

/** Gives a stored answer again; false when the caller left before its end, or it could not be read to its end. */
export async function relayStored(
  { status, headers, body }: StoredAnswer,
  response: ServerResponse,
  requestId: string,
): Promise<boolean> {
  response.writeHead(status, [...headers, 'x-taskgate-request-id', requestId, REPLAYED, 'true']);
  const end = await relayAnswer({
    body,
    stages: [],
    response,
    observe: () => undefined,
    sent: () => undefined,
    isWhole: () => true,
    drains: false,
  });
  if (end.kind !== 'complete') response.destroy();
  return end.kind === 'complete';
}
