import type { Usage, UsageGroup, UsageReport, UsageRow } from '@app/tenants';
import type { TableRow } from './table-text.js';

const GROUP_COLUMNS = {
  hour: ['hour'],
  day: ['day'],
  tenant: ['tenant'],
  model: ['model'],
  provider: ['provider'],
  key: ['keyId', 'keyPrefix'],
} as const satisfies Record<UsageGroup, readonly (keyof UsageRow)[]>;

const COUNTS = [
  'tasks',
  'requests',
  'tokensIn',
  'tokensOut',
  'tokensCached',
  'tokensReasoning',
  'tokensAudio',
  'images',
  'seconds',
] as const satisfies readonly (keyof Usage)[];

const MONEY = [
  'costUsd',
  'costNanoUsd',
  'estimated',
  'unpriced',
  'lostUsd',
  'lostNanoUsd',
] as const;

/** The columns of a report by these groups, in their order. */
export const usageColumns = (groupBy: readonly UsageGroup[]): readonly string[] => [
  ...groupBy.flatMap((group) => GROUP_COLUMNS[group]),
  ...COUNTS,
  ...MONEY,
];

/** USD of whole nano-USD: the number whose decimals these are, nine at most. */
export function usdNumber(nanoUsd: bigint): number {
  const digits = String(nanoUsd).padStart(10, '0');
  return Number(`${digits.slice(0, -9)}.${digits.slice(-9)}`);
}

/** A row as callers see it: its groups, then its sums; money as a number to read and as an exact text. */
export function usageRowView(row: UsageRow): TableRow {
  return { ...groupsOf(row), ...usageView(row) };
}

function usageView(usage: Usage): TableRow {
  const { costNanoUsd, lostNanoUsd, estimated, unpriced } = usage;
  return {
    ...Object.fromEntries(COUNTS.map((name) => [name, usage[name]])),
    costUsd: usdNumber(costNanoUsd),
    costNanoUsd: String(costNanoUsd),
    estimated,
    unpriced,
    lostUsd: usdNumber(lostNanoUsd),
    lostNanoUsd: String(lostNanoUsd),
  };
}

export const usageReportView = ({ rows, total }: UsageReport) => ({
  rows: rows.map(usageRowView),
  total: usageView(total),
});

function groupsOf({ hour, day, tenant, model, provider, keyId, keyPrefix }: UsageRow): TableRow {
  return {
    ...(hour && { hour }),
    ...(day !== undefined && { day }),
    ...(tenant !== undefined && { tenant }),
    ...(model !== undefined && { model }),
    ...(provider !== undefined && { provider }),
    ...(keyId !== undefined && { keyId }),
    ...(keyPrefix !== undefined && { keyPrefix }),
  };
}
