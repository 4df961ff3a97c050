/**
 * Every error a caller can meet, as public contract: HTTP status and OpenAI's `error.type`.
 * `error.code` on the wire is the name in lower case. A code missing here cannot be thrown.
 */
export const ERROR_CODES = {
  INVALID_REQUEST: { status: 400, type: 'invalid_request_error' },
  MODEL_UNAVAILABLE: { status: 400, type: 'invalid_request_error' },
  PERMISSION_DENIED: { status: 401, type: 'authentication_error' },
  BUDGET_EXCEEDED: { status: 402, type: 'insufficient_quota' },
  POLICY_VIOLATION: { status: 403, type: 'permission_error' },
  NOT_FOUND: { status: 404, type: 'invalid_request_error' },
  METHOD_NOT_ALLOWED: { status: 405, type: 'invalid_request_error' },
  IDEMPOTENCY_KEY_PROCESSING: { status: 409, type: 'idempotency_error' },
  IDEMPOTENCY_OUTCOME_UNKNOWN: { status: 409, type: 'idempotency_error' },
  PAYLOAD_TOO_LARGE: { status: 413, type: 'invalid_request_error' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, type: 'invalid_request_error' },
  IDEMPOTENCY_KEY_MISMATCH: { status: 422, type: 'idempotency_error' },
  UPGRADE_REQUIRED: { status: 426, type: 'invalid_request_error' },
  RATE_LIMIT_EXCEEDED: { status: 429, type: 'rate_limit_error' },
  QUEUE_FULL: { status: 429, type: 'rate_limit_error' },
  INTERNAL: { status: 500, type: 'server_error' },
  UPSTREAM_ERROR: { status: 502, type: 'upstream_error' },
  SERVICE_UNAVAILABLE: { status: 503, type: 'server_error' },
  UPSTREAM_TIMEOUT: { status: 504, type: 'upstream_error' },
} as const satisfies Record<string, { status: number; type: string }>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** Why a task ended in `fail`; `data.error.code` of the task, never an HTTP status. */
export type TaskErrorCode =
  | 'TASK_FAILED'
  | 'TASK_TIMEOUT'
  | 'TASK_CANCELED'
  | 'CONTENT_REJECTED'
  | 'INPUT_UNAVAILABLE'
  | 'MODEL_UNAVAILABLE'
  | 'STORAGE_UNAVAILABLE'
  | 'SUBMISSION_UNKNOWN';
