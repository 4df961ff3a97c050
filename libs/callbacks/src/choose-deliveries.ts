import type { ClaimView, ReceiverDecision } from './delivery-queue.js';
import { ReceiverLine } from './receiver-line.js';
import type { ReceiverLimits } from './receiver-limits.js';
import { FreePlaces, type Room } from './worker-room.js';

/**
 * What a worker does in one turn with the receivers it is shown. First attempts go before retries, of
 * all receivers, and each receiver gets one place after the other, so that none takes all the room. A
 * receiver with anything due that is not sent is looked at again: at `lookAt`, or as soon as one of its
 * attempts ends (`crowded`).
 */
export function chooseDeliveries(
  view: ClaimView,
  room: Room,
  limits: ReceiverLimits,
): readonly ReceiverDecision[] {
  const places = new FreePlaces(room);
  const lines = view.receivers.map((receiver) => new ReceiverLine(receiver, view.now, limits));
  for (const kind of ['firsts', 'retries'] as const) {
    let open = lines;
    while (open.length > 0) open = open.filter((line) => line.sendOne(kind, places));
  }
  return lines.map((line) => line.decision());
}
