/** Canonical codes of google.rpc by HTTP status. https://cloud.google.com/apis/design/errors */
const STATUS = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  413: 'INVALID_ARGUMENT',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
} as const;

/** The same in the words of the Interactions API. https://ai.google.dev/gemini-api/docs/api-errors */
const WORD = {
  400: 'invalid_request',
  401: 'authentication',
  403: 'permission_denied',
  404: 'not_found',
  413: 'invalid_request',
  429: 'rate_limit_exceeded',
  500: 'internal',
} as const;

/** An error in both of the API's languages: a google.rpc.Status, and the word of an interaction. */
export class GeminiError extends Error {
  override readonly name = 'GeminiError';

  constructor(
    readonly code: keyof typeof STATUS,
    message: string,
    private readonly more: {
      readonly word?: string;
      readonly details?: readonly unknown[];
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(message);
  }

  get headers(): Readonly<Record<string, string>> {
    return this.more.headers ?? {};
  }

  status(): Readonly<Record<string, unknown>> {
    const { details } = this.more;
    const { code, message } = this;
    return { error: { code, message, status: STATUS[code], ...(details ? { details } : {}) } };
  }

  interaction(): Readonly<Record<string, unknown>> {
    return { error: { code: this.more.word ?? WORD[this.code], message: this.message } };
  }
}

export const invalidArgument = (message: string): GeminiError => new GeminiError(400, message);

export const unknownField = (path: string): GeminiError =>
  new GeminiError(
    400,
    `Invalid JSON payload received. Unknown name "${path}": Cannot find field.`,
    { word: 'parameter_unknown' },
  );

export const noModel = (model: string): GeminiError =>
  new GeminiError(
    404,
    `models/${model} is not found for API version v1beta, or is no longer available.`,
    { word: 'model_not_found' },
  );

export const notFound = (what: string): GeminiError => new GeminiError(404, `${what} not found.`);

const TYPE = 'type.googleapis.com/google.rpc.';

export const badKey = (): GeminiError =>
  new GeminiError(400, 'API key not valid. Please pass a valid API key.', {
    word: 'authentication',
    details: [
      {
        '@type': `${TYPE}ErrorInfo`,
        reason: 'API_KEY_INVALID',
        domain: 'googleapis.com',
        metadata: { service: 'generativelanguage.googleapis.com' },
      },
    ],
  });

export const noKey = (): GeminiError =>
  new GeminiError(
    403,
    "Method doesn't allow unregistered callers. Please use API Key or other form of API consumer identity to call this API.",
  );

/** A status tells when to come back in its body, an interaction in a header. */
export const exhausted = (retryAfterSeconds: number | null): GeminiError =>
  new GeminiError(
    429,
    'You exceeded your current quota, please check your plan and billing details.',
    retryAfterSeconds === null
      ? {}
      : {
          details: [{ '@type': `${TYPE}RetryInfo`, retryDelay: `${retryAfterSeconds}s` }],
          headers: { 'retry-after': String(retryAfterSeconds) },
        },
  );

export const internal = (): GeminiError => new GeminiError(500, 'Internal error encountered.');
