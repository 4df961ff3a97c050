import { describe } from 'vitest';
import type { MakeQueueHarness } from './delivery-queue-harness.js';
import { describeClaims } from './describe-delivery-claims.js';
import { describeQueueRaces } from './describe-delivery-races.js';
import { describeRecords } from './describe-delivery-records.js';
import { describeRequests } from './describe-delivery-requests.js';

export type { DeliveryQueueHarness } from './delivery-queue-harness.js';

/** What every delivery queue promises. */
export function describeDeliveryQueue(name: string, makeHarness: MakeQueueHarness): void {
  describe(`${name} as a delivery queue`, () => {
    describeClaims(makeHarness);
    describeRecords(makeHarness);
    describeRequests(makeHarness);
    describeQueueRaces(makeHarness);
  });
}
