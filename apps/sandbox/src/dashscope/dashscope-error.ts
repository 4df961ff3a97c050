/** An error as Model Studio words it: flat. https://www.alibabacloud.com/help/en/model-studio/error-code */
export class DashScopeError extends Error {
  override readonly name = 'DashScopeError';

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

export const invalidParameter = (message: string): DashScopeError =>
  new DashScopeError(400, 'InvalidParameter', message);

/** A model at an address of others. */
export const urlError = (): DashScopeError =>
  new DashScopeError(400, 'InvalidParameter', 'url error, please check url!');

export const modelNotFound = (): DashScopeError =>
  new DashScopeError(404, 'ModelNotFound', 'Model can not be found.');

export const accessDenied = (message: string): DashScopeError =>
  new DashScopeError(403, 'AccessDenied', message);

/** A refusal by rate; nothing ran. */
export const throttled = (retryAfterSeconds: number | null): DashScopeError =>
  new DashScopeError(
    429,
    'Throttling.RateQuota',
    'Requests rate limit exceeded, please try again later.',
    retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) },
  );

export const internalError = (): DashScopeError =>
  new DashScopeError(
    500,
    'InternalError.Algo',
    'An internal error has occurred, please try again later.',
  );

export const REJECTED = {
  code: 'DataInspectionFailed',
  message: 'Input data may contain inappropriate content.',
} as const;
