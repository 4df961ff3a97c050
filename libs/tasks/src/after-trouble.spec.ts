import { ProviderError } from '@app/errors';
import { describe, expect, it } from 'vitest';
import { afterTroubleOf } from './after-trouble.js';

const error = new ProviderError('The vendor refused the account (HTTP 401)', {
  accepted: 'no',
  retryable: false,
  status: 401,
  providerCode: 'InvalidApiKey',
  taskError: 'MODEL_UNAVAILABLE',
  trouble: 'account',
});

describe('afterTroubleOf', () => {
  it.each(['elsewhere', 'known'] as const)('sends the task back to the queue: %s', (verdict) => {
    expect(afterTroubleOf(error, verdict)).toEqual({ next: 'retry', afterMs: 0 });
  });

  it('tells the first who meets it at once', () => {
    expect(afterTroubleOf(error, 'news')).toEqual({
      next: 'fail',
      error: {
        code: 'MODEL_UNAVAILABLE',
        message: 'The vendor refused the account (HTTP 401)',
        providerCode: 'InvalidApiKey',
        retryable: true,
      },
    });
  });
});
