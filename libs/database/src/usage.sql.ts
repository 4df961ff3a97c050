import type { UsageGroup, UsageQuery } from '@app/tenants';
import type { Statement } from './audit.sql.js';

const GROUPS = {
  hour: { columns: ['u.hour'], names: ['hour'] },
  day: { columns: [`to_char(u.hour AT TIME ZONE 'UTC', 'YYYY-MM-DD')`], names: ['day'] },
  tenant: { columns: ['u.tenant_id'], names: ['tenant'] },
  model: { columns: ['u.model'], names: ['model'] },
  provider: { columns: ['u.provider'], names: ['provider'] },
  key: { columns: [`nullif(u.key_id, '')`, 'k.prefix'], names: ['keyId', 'keyPrefix'] },
} as const satisfies Record<
  UsageGroup,
  { readonly columns: readonly string[]; readonly names: readonly string[] }
>;

/** Sums stay exact: they come as text where they may pass what a number holds. */
const SUMS = `
  coalesce(sum(u.tasks), 0)::float8 AS tasks, coalesce(sum(u.requests), 0)::float8 AS requests,
  coalesce(sum(u.tokens_in), 0)::float8 AS "tokensIn", coalesce(sum(u.tokens_out), 0)::float8 AS "tokensOut",
  coalesce(sum(u.tokens_cached), 0)::float8 AS "tokensCached", coalesce(sum(u.tokens_reasoning), 0)::float8 AS "tokensReasoning",
  coalesce(sum(u.tokens_audio), 0)::float8 AS "tokensAudio", coalesce(sum(u.images), 0) AS images, coalesce(sum(u.seconds), 0) AS seconds,
  coalesce(sum(u.cost_nano_usd), 0)::text AS "costNanoUsd", coalesce(sum(u.estimated), 0)::float8 AS estimated,
  coalesce(sum(u.unpriced), 0)::float8 AS unpriced, coalesce(sum(u.lost_nano_usd), 0)::text AS "lostNanoUsd"`;

/** The total first, then the groups in their order, one more than the limit; one snapshot. */
export function usageReport(query: UsageQuery): Statement {
  const values: unknown[] = [];
  const add = (value: unknown): string => `$${values.push(value)}`;
  const { tenantId, from, to, groupBy, model, provider, limit } = query;
  const columns = groupBy.flatMap((group) =>
    GROUPS[group].columns.map((column, index) => ({ column, name: GROUPS[group].names[index] })),
  );
  const conditions = [
    `u.hour >= ${add(from)}::timestamptz`,
    `u.hour < ${add(to)}::timestamptz`,
    ...(tenantId === null ? [] : [`u.tenant_id = ${add(tenantId)}`]),
    ...(model === undefined ? [] : [`u.model = ${add(model)}`]),
    ...(provider === undefined ? [] : [`u.provider = ${add(provider)}`]),
  ];
  const grouped = columns.map(({ column }) => column).join(', ');
  const places = columns.map((_, index) => index + 1);
  const text = `
SELECT ${columns.map(({ column, name }) => `${column} AS "${name}"`).join(', ')},
  GROUPING(${columns[0]?.column}) = 1 AS "isTotal", ${SUMS}
FROM usage_hours u${groupBy.includes('key') ? ' LEFT JOIN tenant_keys k ON k.id = u.key_id' : ''}
WHERE ${conditions.join(' AND ')}
GROUP BY GROUPING SETS ((${grouped}), ())
ORDER BY "isTotal" DESC, ${places.join(', ')}
LIMIT ${add(limit + 2)}`;
  return { text, values };
}
