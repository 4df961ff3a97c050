import type { AuditRow } from './audit.js';

const MAX_TEXT = 512;
const MAX_PATH = 2048;

/**
 * The row as a table can hold it: Postgres takes neither U+0000 nor half a surrogate pair, and what a
 * client sends as path or model may be long. One such row would fail its whole batch for ever.
 */
export function fitRow(row: AuditRow): AuditRow {
  return {
    ...row,
    requestId: fitText(row.requestId, MAX_TEXT),
    tenant: fitText(row.tenant, MAX_TEXT),
    keyPrefix: fitText(row.keyPrefix, MAX_TEXT),
    method: fitText(row.method, MAX_TEXT),
    path: fitText(row.path, MAX_PATH),
    model: row.model === null ? null : fitText(row.model, MAX_TEXT),
    upstream: row.upstream === null ? null : fitText(row.upstream, MAX_TEXT),
    errorCode: row.errorCode === null ? null : fitText(row.errorCode, MAX_TEXT),
    clientIp: fitText(row.clientIp, MAX_TEXT),
    latencyMs: Math.round(row.latencyMs),
    ttfbMs: row.ttfbMs === null ? null : Math.round(row.ttfbMs),
  };
}

const fitText = (text: string, maxLength: number): string =>
  text.slice(0, maxLength).replace(/[\0\p{Surrogate}]/gu, '\uFFFD');
