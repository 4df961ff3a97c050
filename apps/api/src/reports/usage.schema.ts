import type { UsageGroup } from '@app/tenants';
import { integer, list, number, object, orNull, text, type Schema } from '../http/api-answer.js';

const SUMS = {
  tasks: integer('that were charged, or whose price is unknown'),
  requests: integer('of the pass-through, likewise'),
  tokensIn: integer(),
  tokensOut: integer(),
  tokensCached: integer('part of tokensIn'),
  tokensReasoning: integer('part of tokensOut'),
  tokensAudio: integer('part of the others'),
  images: number,
  seconds: number,
  costUsd: number,
  costNanoUsd: text('the same, exact: billionths of a USD'),
  estimated: integer('charges that rest on our own estimate'),
  unpriced: integer('charges and losses without a known price; they are in no sum of money'),
  lostUsd: number,
  lostNanoUsd: text('what vendors charged for outcomes that never came; not part of the cost'),
} as const satisfies Record<string, Schema>;

const BY = {
  hour: { hour: { ...text(), format: 'date-time' } },
  day: { day: text('2026-11-23, of UTC') },
  tenant: { tenant: text('its id') },
  model: { model: text() },
  provider: { provider: text() },
  key: { keyId: orNull(text()), keyPrefix: orNull(text()) },
} as const satisfies Record<UsageGroup, Record<string, Schema>>;

/** A report by any of these groups. */
export function usageReport(groups: readonly UsageGroup[]): Schema {
  const by = Object.fromEntries(groups.flatMap((group) => Object.entries<Schema>(BY[group])));
  return object({
    from: { ...text(), format: 'date-time' },
    to: { ...text('exclusive'), format: 'date-time' },
    groupBy: list(text()),
    rows: list(object({ ...by, ...SUMS }, { optional: Object.keys(by) })),
    total: object(SUMS),
  });
}
