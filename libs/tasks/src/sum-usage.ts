import type { Usage } from '@app/providers';

/** What two calls of one model use together; the cost is unknown when one of them is. */
export const sumUsage = (one: Usage, other: Usage): Usage => ({
  unit: one.unit,
  quantity: one.quantity + other.quantity,
  costNanoUsd:
    one.costNanoUsd === null || other.costNanoUsd === null
      ? null
      : one.costNanoUsd + other.costNanoUsd,
  ...((one.isEstimated ?? other.isEstimated) && { isEstimated: true }),
});
