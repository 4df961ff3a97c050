import { ProviderError } from '@app/errors';
import { describe, expect, it } from 'vitest';
import { afterRefusal, afterUnknown, taskError } from './after-submit-error.js';

describe('afterRefusal', () => {
  it('tries again when that can help, no sooner than the vendor asked', () => {
    const error = new ProviderError('throttled', {
      accepted: 'no',
      retryable: true,
      retryAfterMs: 30_000,
    });

    expect(afterRefusal(error, 1, 0)).toEqual({ next: 'retry', afterMs: 30_000 });
    expect(afterRefusal(error, 7, 0)).toEqual({ next: 'retry', afterMs: 60_000 });
  });

  it("ends the task with the vendor's reason when it cannot", () => {
    const error = new ProviderError('The prompt was refused.', {
      accepted: 'no',
      retryable: false,
      providerCode: 'moderation_blocked',
      taskError: 'CONTENT_REJECTED',
    });

    expect(afterRefusal(error, 1, 0)).toEqual({
      next: 'fail',
      error: {
        code: 'CONTENT_REJECTED',
        message: 'The prompt was refused.',
        providerCode: 'moderation_blocked',
        retryable: false,
      },
    });
  });
});

describe('afterUnknown', () => {
  it('fails by default and says what is unknown', () => {
    const after = afterUnknown({ onUnknown: 'fail' }, 1, 'connection reset');

    expect(after).toMatchObject({
      next: 'fail',
      error: { code: 'SUBMISSION_UNKNOWN', retryable: false },
    });
    expect(JSON.stringify(after)).toContain('(connection reset)');
  });

  it.each([
    [1, { next: 'retry', afterMs: 1_000 }],
    [2, { next: 'retry', afterMs: 2_000 }],
    [3, { next: 'fail' }],
    [9, { next: 'fail' }],
  ])('answers unknown attempt %i of a task that allows retries with %o', (unknown, after) => {
    expect(afterUnknown({ onUnknown: 'retry' }, unknown, 'time-out')).toMatchObject(after);
  });

  it('says how often a task was sent that allows retries', () => {
    expect(JSON.stringify(afterUnknown({ onUnknown: 'retry' }, 3, 'time-out'))).toContain(
      'It was sent 3 times and is not sent once more',
    );
  });
});

describe('taskError', () => {
  it.each([
    ['TASK_FAILED', false],
    ['TASK_TIMEOUT', true],
    ['CONTENT_REJECTED', false],
    ['MODEL_UNAVAILABLE', true],
    ['STORAGE_UNAVAILABLE', true],
    ['SUBMISSION_UNKNOWN', false],
  ] as const)('says of %s whether a new task may succeed: %s', (code, retryable) => {
    expect(taskError(code, 'why')).toEqual({ code, message: 'why', providerCode: null, retryable });
  });

  it('believes the vendor about its own failure', () => {
    expect(taskError('TASK_FAILED', 'why', 'E42', true)).toEqual({
      code: 'TASK_FAILED',
      message: 'why',
      providerCode: 'E42',
      retryable: true,
    });
  });
});
