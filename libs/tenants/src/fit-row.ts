import type { ExplainedRow } from './audit.js';

const MAX_TEXT = 512;
const MAX_PATH = 2048;
const MAX_SENTENCE = 2048;

/**
 * The row as a table can hold it: Postgres takes neither U+0000 nor half a surrogate pair, and what a
 * client sends as path or model may be long. One such row would fail its whole batch for ever.
 */
export function fitRow(row: ExplainedRow): ExplainedRow {
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
    ...(row.explanation && { explanation: fitMembers(row.explanation) }),
  };
}

/** A `jsonb` column takes them no more than a text does, in any member. */
function fitMembers(members: object): object {
  const fitted = Object.entries(members).map(([name, value]) => [name, fitMember(value)] as const);
  return Object.fromEntries(fitted);
}

function fitMember(value: unknown): unknown {
  if (typeof value === 'string') return fitText(value, MAX_SENTENCE);
  if (Array.isArray(value)) return value.map(fitMember);
  return typeof value === 'object' && value !== null ? fitMembers(value) : value;
}

const fitText = (text: string, maxLength: number): string =>
  text.slice(0, maxLength).replace(/[\0\p{Surrogate}]/gu, '\uFFFD');
