import { expect } from 'vitest';

export interface Refused {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed. */
  readonly body: unknown;
}

/** What of an answer the error shape fixes; the body's request id is compared with the header's. */
export function refused({ status, headers, body }: Refused): object {
  const requestId = headers.get('x-taskgate-request-id') ?? '';
  const isId = /^req_[0-9A-Z]{26}$/.test(requestId);
  const text = JSON.stringify(body).replace(`"request_id":"${requestId}"`, `"request_id":${isId}`);
  return { status, type: headers.get('content-type'), body: JSON.parse(text) };
}

/** The one error shape, readable by OpenAI's clients and by HiAPI's; for `expect(refused(…)).toEqual`. */
export function refusal(expected: {
  readonly status: number;
  readonly code: string;
  readonly param?: string;
  /** What the message tells. */
  readonly says?: RegExp;
}): object {
  const { status, code, param = null, says = /\S/ } = expected;
  const message: unknown = expect.stringMatching(says);
  const type: unknown = expect.any(String);
  return {
    status,
    type: 'application/json; charset=utf-8',
    body: {
      code: status,
      message,
      data: null,
      error_code: code,
      error: { message, type, param, code: code.toLowerCase(), request_id: true },
    },
  };
}
