import { describe, expect, it } from 'vitest';
import {
  isAboutAccess,
  isAboutContent,
  isDailyQuota,
  reasonOf,
  retryDelayMs,
  troubleOf,
  withoutProject,
} from './google-rpc.js';

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

  it('knows a used-up day by its sentence', () => {
    expect(isDailyQuota({}, 'You exceeded your daily limit')).toBe(true);
  });

  it.each([
    ['API_KEY_INVALID', true],
    ['BILLING_DISABLED', true],
    ['RATE_LIMIT_EXCEEDED', false],
  ])('is about the account: %s', (reason, expected) => {
    expect(isAboutAccess(withDetail('ErrorInfo', { reason }))).toBe(expected);
  });

  it('does not tell a caller the operator’s project', () => {
    expect(withoutProject("Quota of 'projects/my-own' is used up")).toBe(
      "Quota of 'projects/[project]' is used up",
    );
  });

  it('names a reason', () => {
    expect(reasonOf(withDetail('ErrorInfo', { reason: 'API_KEY_INVALID' }))).toBe(
      'API_KEY_INVALID',
    );
  });

  it.each([undefined, null, '<html>', { error: 'no' }, { error: { details: {} } }])(
    'says nothing in %j',
    (body) => {
      expect([retryDelayMs(body), isDailyQuota(body), reasonOf(body), isAboutAccess(body)]).toEqual(
        [undefined, false, undefined, false],
      );
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

  it('sets one model aside for a failed precondition, unless it names the account', () => {
    const billing = withDetail('ErrorInfo', { reason: 'BILLING_DISABLED' });

    expect(troubleOf('FAILED_PRECONDITION', {})).toEqual({ trouble: 'model' });
    expect(troubleOf('failed_precondition', {})).toEqual({ trouble: 'model' });
    expect(troubleOf('FAILED_PRECONDITION', billing)).toEqual({});
    expect(troubleOf('PERMISSION_DENIED', {})).toEqual({});
  });
});
