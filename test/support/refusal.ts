import { expect } from 'vitest';

export interface Refused {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed. */
  readonly body: unknown;
}

export interface ExpectedRefusal {
  readonly status: number;
  readonly code: string;
  readonly param?: string;
  readonly says?: RegExp;
}

/** The one error shape: readable by OpenAI's clients and by HiAPI's, and named in the header. */
export function expectRefusal(answer: Refused, expected: ExpectedRefusal): void {
  const { status, code, param = null, says = /\S/ } = expected;
  const requestId = answer.headers.get('x-taskgate-request-id');
  const message = expect.stringMatching(says);
  const shape = {
    code: status,
    message,
    data: null,
    error_code: code,
    error: {
      message,
      type: expect.any(String),
      param,
      code: code.toLowerCase(),
      request_id: requestId,
    },
  };

  expect(requestId).toMatch(/^req_[0-9A-Z]{26}$/);
  expect(answer.body).toEqual(shape);
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
}
