import { USAGE_GROUPS, type UsageGroup, type UsageQuery } from '@app/tenants';
import { fieldRefusal, shown } from '../http/field-refusal.js';
import { readTime } from '../http/read-time.js';
import { oneOfGiven, refuseEmptyRange, type ReportQuery, textOf } from './report-query.js';
import { TABLE_FORMATS } from './table-text.js';

/** What tenants may ask for; operators ask by tenant too. */
export const TENANT_GROUPS = ['hour', 'day', 'model', 'provider', 'key'] as const;
export const TENANT_USAGE = ['from', 'to', 'groupBy', 'model', 'provider', 'format'] as const;
export const ADMIN_GROUPS = USAGE_GROUPS;
export const ADMIN_USAGE = ['tenant', ...TENANT_USAGE] as const;

export const USAGE_FORMATS = ['json', ...TABLE_FORMATS] as const;
export type UsageFormat = (typeof USAGE_FORMATS)[number];

/** All of an answer is in memory at once. */
const MOST_ROWS = { json: 10_000, ndjson: 100_000, csv: 100_000 } as const satisfies Record<
  UsageFormat,
  number
>;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * The last 30 days until the end of this hour, by day, unless told. Times that are no whole hours are
 * refused: sums are kept by the hour, and to round would answer another question.
 * @throws GatewayError INVALID_REQUEST naming the parameter and what it takes
 */
export function readUsageQuery(
  given: ReportQuery,
  groups: readonly UsageGroup[],
  now: Date,
): { readonly query: Omit<UsageQuery, 'tenantId'>; readonly format: UsageFormat } {
  const format = oneOfGiven(given, 'format', USAGE_FORMATS) ?? 'json';
  const to = hourOf(given, 'to') ?? new Date(Math.floor(+now / HOUR_MS) * HOUR_MS + HOUR_MS);
  const from = hourOf(given, 'from') ?? new Date(Math.floor((+to - 30 * DAY_MS) / DAY_MS) * DAY_MS);
  refuseEmptyRange(from, to);
  const model = textOf(given, 'model');
  const provider = textOf(given, 'provider');
  const query = {
    from,
    to,
    groupBy: groupsOf(given.get('groupBy') ?? 'day', groups),
    ...(model !== undefined && { model }),
    ...(provider !== undefined && { provider }),
    limit: MOST_ROWS[format],
  };
  return { query, format };
}

/** A whole hour, or a day's first. */
function hourOf(given: ReportQuery, name: string): Date | undefined {
  const text = given.get(name);
  if (text === undefined) return undefined;
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const time = readTime(isDay ? `${text}T00:00:00Z` : text, name);
  // There is no 30 February: a `Date` makes another day of it.
  const isThatDay = !isDay || time.toISOString().startsWith(text);
  if (isThatDay && +time % HOUR_MS === 0) return time;
  throw fieldRefusal(
    name,
    `takes a whole hour, like 2026-11-01T14:00:00Z, or a day, not ${shown(text)}`,
  );
}

function groupsOf(text: string, groups: readonly UsageGroup[]): readonly UsageGroup[] {
  const asked = text.split(',').map((name) => groups.find((group) => group === name.trim()));
  const found = asked.filter((group) => group !== undefined);
  if (found.length === asked.length && new Set(found).size === found.length) return found;
  throw fieldRefusal(
    'groupBy',
    `takes some of ${groups.join(', ')}, each once, separated by commas, not ${shown(text)}`,
  );
}
