/** An error as Ark words it: https://docs.byteplus.com/en/docs/modelark/error-codes */
export class ArkError extends Error {
  override readonly name = 'ArkError';

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: {
      readonly param?: string;
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(message);
  }

  /** The name that goes with the status. */
  get type(): string {
    return TYPE[this.status] ?? 'InternalServerError';
  }
}

const TYPE: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  429: 'TooManyRequests',
};

export const invalidParameter = (param: string, reason: string): ArkError =>
  new ArkError(
    400,
    'InvalidParameter',
    `The parameter \`${param}\` specified in the request is not valid: ${reason}.`,
    { param },
  );

export const missingParameter = (param: string): ArkError =>
  new ArkError(
    400,
    'MissingParameter',
    `The request failed because it is missing the required parameter \`${param}\`.`,
    { param },
  );

export const modelNotFound = (model: string): ArkError =>
  new ArkError(
    404,
    'InvalidEndpointOrModel.NotFound',
    `The model or endpoint ${model} does not exist or you do not have access to it.`,
  );

export const taskNotFound = (id: string): ArkError =>
  new ArkError(404, 'ResourceNotFound', `The specified task ${id} is not found.`);

/** What a DELETE of a task that runs, or was canceled, is answered. */
export const wrongPhase = (): ArkError =>
  new ArkError(
    403,
    'OperationDenied.UnsupportedPhase',
    'Operation is denied because operation is not supported while the target is in its current phase.',
  );

/** A refusal by rate; nothing ran. */
export const throttled = (retryAfterSeconds: number | null): ArkError =>
  new ArkError(
    429,
    'ModelAccountRpmRateLimitExceeded',
    'RPM (Requests Per Minute) limit of the model is exceeded.',
    retryAfterSeconds === null ? {} : { headers: { 'retry-after': String(retryAfterSeconds) } },
  );

export const INTERNAL = {
  code: 'InternalServiceError',
  message: 'The service encountered an unexpected internal error. Please retry later.',
} as const;

export const internalError = (): ArkError => new ArkError(500, INTERNAL.code, INTERNAL.message);
