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

/** An error as Google words it: a google.rpc.Status. */
export class RpcError extends Error {
  override readonly name = 'RpcError';
  private readonly status: string;
  private readonly details: readonly unknown[];

  constructor(
    readonly code: keyof typeof STATUS,
    message: string,
    {
      status = STATUS[code],
      details = [],
    }: { readonly status?: string; readonly details?: readonly unknown[] } = {},
  ) {
    super(message);
    this.status = status;
    this.details = details;
  }

  body(): Readonly<Record<string, unknown>> {
    const details = this.details.length === 0 ? {} : { details: this.details };
    return { error: { code: this.code, message: this.message, status: this.status, ...details } };
  }
}

export const invalidArgument = (message: string): RpcError => new RpcError(400, message);

/** Google says when to come back in the body, not in a header. */
export const exhausted = (retryAfterSeconds: number | null): RpcError =>
  new RpcError(429, 'Resource has been exhausted (e.g. check quota).', {
    details:
      retryAfterSeconds === null
        ? []
        : [
            {
              '@type': 'type.googleapis.com/google.rpc.RetryInfo',
              retryDelay: `${retryAfterSeconds}s`,
            },
          ],
  });

export const internal = (): RpcError => new RpcError(500, 'Internal error encountered.');
