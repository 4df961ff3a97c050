import type { AuditRow } from '../audit.js';

/** A row of a plain request; `requestId` names it. */
export const makeAuditRow = (requestId: string, fields: Partial<AuditRow> = {}): AuditRow => ({
  time: new Date('2026-11-22T12:00:00.000Z'),
  requestId,
  tenant: 'tn_1',
  keyPrefix: 'tg-abcde',
  method: 'POST',
  path: '/v1/chat/completions',
  model: 'gpt-5',
  upstream: 'openai',
  status: 200,
  errorCode: null,
  latencyMs: 120,
  ttfbMs: 80,
  tokensIn: 12,
  tokensOut: 34,
  tokensCached: 0,
  costUsd: null,
  bytesIn: 200,
  bytesOut: 400,
  stream: false,
  clientIp: '127.0.0.1',
  ...fields,
});
