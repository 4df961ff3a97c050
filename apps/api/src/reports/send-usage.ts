import { type UsageGroup, type UsageQuery, type UsageStore } from '@app/tenants';
import type { FastifyReply } from 'fastify';
import { answer } from '../http/answer.js';
import { fieldRefusal } from '../http/field-refusal.js';
import type { ReportQuery } from './report-query.js';
import { sendTable } from './send-table.js';
import { readUsageQuery } from './usage-query.js';
import { usageColumns, usageReportView, usageRowView } from './usage-view.js';

interface UsageAsked {
  readonly given: ReportQuery;
  readonly groups: readonly UsageGroup[];
  /** Null: everybody's. */
  readonly tenantId: string | null;
}

/** Answers one question about usage, in the format that it names. @throws GatewayError INVALID_REQUEST */
export async function sendUsage(
  reply: FastifyReply,
  store: UsageStore,
  { given, groups, tenantId }: UsageAsked,
): Promise<void> {
  const { query, format } = readUsageQuery(given, groups, new Date());
  const report = await store.report({ ...query, tenantId });
  if (report.isCut) throw tooMuch(query);
  if (format !== 'json') {
    const columns = usageColumns(query.groupBy);
    const rows = report.rows.map(usageRowView);
    return await sendTable(reply, { format, name: 'usage', columns, batches: inBatches(rows) });
  }
  const { from, to, groupBy } = query;
  await reply.send(answer({ from, to, groupBy, ...usageReportView(report) }));
}

async function* inBatches<T>(rows: readonly T[]) {
  for (let at = 0; at < rows.length; at += BATCH) yield rows.slice(at, at + BATCH);
}

const BATCH = 1_000;

const tooMuch = ({ limit }: Pick<UsageQuery, 'limit'>) =>
  fieldRefusal(
    'groupBy',
    `gives more than ${limit} rows here; take fewer groups, or less time between from and to`,
  );
