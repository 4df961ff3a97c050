import { describe } from 'vitest';
import type { MakeHarness } from './delivery-store-harness.js';
import { describeListing } from './describe-listing.js';
import { describeReading } from './describe-reading.js';
import { describeReceivers } from './describe-receivers.js';
import { describeRedelivery } from './describe-redelivery.js';
import { describeTests } from './describe-tests.js';

/** What every delivery store promises. */
export function describeDeliveryStore(name: string, makeHarness: MakeHarness): void {
  describe(`${name} as a delivery store`, () => {
    describeReading(makeHarness);
    describeListing(makeHarness);
    describeRedelivery(makeHarness);
    describeTests(makeHarness);
    describeReceivers(makeHarness);
  });
}
