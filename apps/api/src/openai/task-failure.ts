import type { ErrorBody, TaskErrorCode } from '@app/errors';
import type { TaskError } from '@app/tasks';

interface Shown {
  readonly status: number;
  readonly type: string;
  /** Where OpenAI has a word of its own for it that its clients look for. */
  readonly code?: string;
}

/**
 * How a task's failure looks to who waited for it in an OpenAI-shaped call. `error_code` on the wire
 * stays the task's own.
 */
const FAILURES: Readonly<Record<TaskErrorCode, Shown>> = {
  CONTENT_REJECTED: {
    status: 400,
    type: 'image_generation_user_error',
    code: 'moderation_blocked',
  },
  INPUT_UNAVAILABLE: { status: 400, type: 'invalid_request_error' },
  TASK_CANCELED: { status: 409, type: 'invalid_request_error' },
  // The vendor refuses our account: nothing that the caller could mend.
  MODEL_UNAVAILABLE: { status: 503, type: 'server_error' },
  STORAGE_UNAVAILABLE: { status: 500, type: 'server_error' },
  TASK_FAILED: { status: 502, type: 'upstream_error' },
  SUBMISSION_UNKNOWN: { status: 502, type: 'upstream_error' },
  TASK_TIMEOUT: { status: 504, type: 'upstream_error' },
};

/** `error.code` of a failed task, in OpenAI's words where it has one. */
export const failureCode = (code: TaskErrorCode): string =>
  FAILURES[code].code ?? code.toLowerCase();

/** The one error shape, for a task that has failed. */
export function failureBody({ code, message }: TaskError, requestId: string): ErrorBody {
  const { status, type } = FAILURES[code];
  const error = { message, type, param: null, code: failureCode(code), request_id: requestId };
  return { code: status, message, data: null, error_code: code, error };
}
