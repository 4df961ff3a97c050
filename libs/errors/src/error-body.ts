import { ERROR_CODES } from './error-codes.js';
import type { GatewayError } from './gateway-error.js';

/** The one error shape: `error.*` is for OpenAI clients, `error_code` and `message` for HiAPI's. */
export interface ErrorBody {
  readonly code: number;
  readonly message: string;
  readonly data: null;
  readonly error_code: string;
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: string;
    readonly request_id: string;
  };
}

export function errorBody(error: GatewayError, requestId: string): ErrorBody {
  const { status, type } = ERROR_CODES[error.code];
  return {
    code: status,
    message: error.message,
    data: null,
    error_code: error.code,
    error: {
      message: error.message,
      type,
      param: error.param,
      code: error.code.toLowerCase(),
      request_id: requestId,
    },
  };
}
