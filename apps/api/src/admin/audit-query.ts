import type { AuditFilter, AuditPosition } from '@app/database';
import { fieldRefusal, shown } from '../http/field-refusal.js';
import { refuseEmptyRange, type ReportQuery, textOf, timeOf } from '../reports/report-query.js';

export const AUDIT_FILTERS = [
  'tenant',
  'from',
  'to',
  'status',
  'model',
  'requestId',
  'keyPrefix',
] as const;

/** @throws GatewayError INVALID_REQUEST naming the filter and what it takes */
export function auditFilterOf(query: ReportQuery): AuditFilter {
  const tenant = textOf(query, 'tenant');
  const model = textOf(query, 'model');
  const requestId = textOf(query, 'requestId');
  const keyPrefix = textOf(query, 'keyPrefix');
  const status = statusOf(query.get('status'));
  const from = timeOf(query, 'from');
  const to = timeOf(query, 'to');
  refuseEmptyRange(from, to);
  return {
    ...(tenant !== undefined && { tenant }),
    ...(model !== undefined && { model }),
    ...(requestId !== undefined && { requestId }),
    ...(keyPrefix !== undefined && { keyPrefix }),
    ...(status && { status }),
    ...(from && { from }),
    ...(to && { to }),
  };
}

/** 1 to 1000. @throws GatewayError INVALID_REQUEST */
export function pageLimitOf(query: ReportQuery): number {
  const text = query.get('limit') ?? '100';
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= 1000) return limit;
  throw fieldRefusal('limit', `takes a whole number from 1 to 1000, not ${shown(text)}`);
}

/** Opaque to callers: where the next page begins. */
export const cursorAfterRow = ({ time, requestId }: AuditPosition): string =>
  Buffer.from(`${time.getTime()}.${requestId}`).toString('base64url');

/** The row that the page before ended with; undefined: the first page. @throws GatewayError INVALID_REQUEST */
export function rowOfCursor(cursor: string | undefined): AuditPosition | undefined {
  if (cursor === undefined) return undefined;
  const decoded = Buffer.from(cursor, 'base64url').toString('utf8');
  const [, time, requestId] = /^(\d{1,14})\.([\x20-\x7E]{1,512})$/.exec(decoded) ?? [];
  if (time !== undefined && requestId !== undefined) {
    const position = { time: new Date(Number(time)), requestId };
    const isTime = !Number.isNaN(position.time.getTime());
    if (isTime && cursorAfterRow(position) === cursor) return position;
  }
  throw fieldRefusal('cursor', 'takes the nextCursor of the page before');
}

function statusOf(text: string | undefined): AuditFilter['status'] {
  if (text === undefined) return undefined;
  const [, hundreds] = /^([1-5])xx$/i.exec(text) ?? [];
  if (hundreds !== undefined) {
    const from = Number(hundreds) * 100;
    return { from, to: from + 99 };
  }
  const status = Number(text);
  if (/^[1-5]\d\d$/.test(text)) return { from: status, to: status };
  throw fieldRefusal(
    'status',
    `takes a number from 100 to 599 or a class like 5xx, not ${shown(text)}`,
  );
}
