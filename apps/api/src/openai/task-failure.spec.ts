import type { TaskErrorCode } from '@app/errors';
import { describe, expect, it } from 'vitest';
import { failureBody } from './task-failure.js';

describe('a task that failed, for who waited', () => {
  it.each<[TaskErrorCode, number, string, string]>([
    ['CONTENT_REJECTED', 400, 'image_generation_user_error', 'moderation_blocked'],
    ['INPUT_UNAVAILABLE', 400, 'invalid_request_error', 'input_unavailable'],
    ['MODEL_UNAVAILABLE', 503, 'server_error', 'model_unavailable'],
    ['TASK_CANCELED', 409, 'invalid_request_error', 'task_canceled'],
    ['STORAGE_UNAVAILABLE', 500, 'server_error', 'storage_unavailable'],
    ['TASK_FAILED', 502, 'upstream_error', 'task_failed'],
    ['SUBMISSION_UNKNOWN', 502, 'upstream_error', 'submission_unknown'],
    ['TASK_TIMEOUT', 504, 'upstream_error', 'task_timeout'],
  ])('%s is %i, %s, %s', (code, status, type, word) => {
    const error = { code, message: 'why', providerCode: null, retryable: false };

    expect(failureBody(error, 'req_1')).toEqual({
      code: status,
      message: 'why',
      data: null,
      error_code: code,
      error: { message: 'why', type, param: null, code: word, request_id: 'req_1' },
    });
  });
});
