/** An error as OpenAI words it. https://platform.openai.com/docs/guides/error-codes */
export class OpenAiError extends Error {
  override readonly name = 'OpenAiError';

  constructor(
    readonly status: number,
    readonly body: {
      readonly message: string;
      readonly type: string;
      readonly param: string | null;
      readonly code: string | null;
    },
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(body.message);
  }
}

export function invalidRequest(
  message: string,
  param: string | null,
  code: string | null,
): OpenAiError {
  return new OpenAiError(400, { message, type: 'invalid_request_error', param, code });
}

export function notFound(
  message: string,
  param: string | null = null,
  code: string | null = null,
): OpenAiError {
  return new OpenAiError(404, { message, type: 'invalid_request_error', param, code });
}

/** A refusal for too many requests; nothing ran. */
export function busy(retryAfterSeconds: number | null): OpenAiError {
  return new OpenAiError(
    429,
    {
      message: 'Rate limit reached for requests. Please try again later.',
      type: 'requests',
      param: null,
      code: 'rate_limit_exceeded',
    },
    retryAfterSeconds === null
      ? {}
      : {
          'retry-after': String(retryAfterSeconds),
          'retry-after-ms': String(retryAfterSeconds * 1000),
        },
  );
}

export function broken(): OpenAiError {
  return new OpenAiError(500, {
    message: 'The server had an error while processing your request. Sorry about that!',
    type: 'server_error',
    param: null,
    code: null,
  });
}

export function overloaded(): OpenAiError {
  return new OpenAiError(503, {
    message: 'The engine is currently overloaded, please try again later.',
    type: 'server_error',
    param: null,
    code: null,
  });
}

/** `key`: as much of it as may be shown; null: none was sent. */
export function keyRefused(key: string | null): OpenAiError {
  const message =
    key === null
      ? "You didn't provide an API key. Send it in an Authorization header using Bearer auth."
      : `Incorrect API key provided: ${key}.`;
  return new OpenAiError(401, {
    message,
    type: 'invalid_request_error',
    param: null,
    code: 'invalid_api_key',
  });
}

export function contextTooLong(): OpenAiError {
  return invalidRequest(
    "This model's maximum context length is 128000 tokens. However, your messages resulted in 128001 tokens.",
    'messages',
    'context_length_exceeded',
  );
}

/** As models word it that cannot go on with a text that was begun for them. */
export function noPrefill(): OpenAiError {
  return invalidRequest(
    'This model does not support assistant message prefill. The conversation must end with a user message.',
    'messages',
    'invalid_value',
  );
}

export function contentFiltered(): OpenAiError {
  return invalidRequest(
    'Invalid prompt: your prompt was flagged as potentially violating our usage policy.',
    null,
    'content_policy_violation',
  );
}

/** How the image models refuse a prompt. */
export function moderationBlocked(): OpenAiError {
  return new OpenAiError(400, {
    message: 'Your request was rejected by the safety system.',
    type: 'image_generation_user_error',
    param: null,
    code: 'moderation_blocked',
  });
}
