import { ProviderError, type ProviderErrorDetails } from '@app/errors';
import { describe, expect, it } from 'vitest';
import { outcomeOf } from './vendor-report.js';

describe('outcomeOf', () => {
  it.each<[Partial<ProviderErrorDetails>, string]>([
    [{ status: 429, retryable: true }, 'throttled'],
    [{ status: 503, retryable: true }, 'fault'],
    [{ retryable: true }, 'fault'],
    [{ accepted: 'unknown' }, 'fault'],
    [{ status: 401 }, 'fault'],
    [{ status: 402 }, 'fault'],
    [{ status: 403, taskError: 'MODEL_UNAVAILABLE' }, 'fault'],
    [{ status: 403, taskError: 'CONTENT_REJECTED' }, 'ok'],
    [{ status: 400 }, 'ok'],
    [{ status: 422 }, 'ok'],
    [{}, 'ok'],
  ])('takes %o for %s', (details, outcome) => {
    const error = new ProviderError('No.', { accepted: 'no', retryable: false, ...details });

    expect(outcomeOf(error).outcome).toBe(outcome);
  });

  it('tells how long a vendor that throttles asks to be left alone', () => {
    const details = { accepted: 'no', retryable: true, status: 429, retryAfterMs: 7_000 } as const;

    expect(outcomeOf(new ProviderError('No.', details))).toMatchObject({ retryAfterMs: 7_000 });
  });
});
