import { describe, expect, it } from 'vitest';
import { isAboutContent, isDailyQuota, reasonOf, retryDelayMs } from './google-rpc.js';

const TYPE = 'type.googleapis.com/google.rpc.';
const withDetail = (type: string, detail: object) => ({
  error: { details: [{ '@type': `${TYPE}Help` }, { '@type': TYPE + type, ...detail }] },
});

describe('google.rpc.Status', () => {
  it.each([
    ['12s', 12_000],
    ['0.5s', 500],
    ['1.0000001s', 1001],
    ['soon', undefined],
    [7, undefined],
  ])('asks to wait %j', (retryDelay, expected) => {
    expect(retryDelayMs(withDetail('RetryInfo', { retryDelay }))).toBe(expected);
  });

  it.each([
    ['GenerateRequestsPerDayPerProject', true],
    ['requests per day', true],
    ['GenerateRequestsPerMinutePerProject', false],
  ])('knows a used-up day: %s', (quotaId, expected) => {
    expect(isDailyQuota(withDetail('QuotaFailure', { violations: [{ quotaId }] }))).toBe(expected);
  });

  it('names a reason', () => {
    expect(reasonOf(withDetail('ErrorInfo', { reason: 'API_KEY_INVALID' }))).toBe(
      'API_KEY_INVALID',
    );
  });

  it.each([undefined, null, '<html>', { error: 'no' }, { error: { details: {} } }])(
    'says nothing in %j',
    (body) => {
      expect([retryDelayMs(body), isDailyQuota(body), reasonOf(body)]).toEqual([
        undefined,
        false,
        undefined,
      ]);
    },
  );

  it.each([
    ['violates our usage guidelines', true],
    ['blocked by safety settings', true],
    ['durationSeconds must be 4, 6 or 8', false],
    [undefined, false],
  ])('is about the content: %s', (message, expected) => {
    expect(isAboutContent(message)).toBe(expected);
  });
});
