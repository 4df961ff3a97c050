import { GatewayError, type ErrorCode } from '@app/errors';

/** The upstream could not be asked, or broke off. Says whether asking again could be billed twice. */
export class UpstreamFailure extends GatewayError {
  constructor(
    code: Extract<ErrorCode, 'UPSTREAM_ERROR' | 'UPSTREAM_TIMEOUT'>,
    message: string,
    /** False only when it is certain that not one byte of the request left us. */
    readonly mayHaveRun: boolean,
    cause?: unknown,
  ) {
    super(code, message, { cause });
    this.name = 'UpstreamFailure';
  }
}

/**
 * What a caller may see of a failed exchange: the kind and the system's code, never an address. Our
 * own errors (a body over the limit) stay what they are.
 */
export function upstreamFailure(error: Error, stage: UpstreamStage): GatewayError {
  if (error instanceof GatewayError) return error;
  const code = codeOf(error);
  const isTimeout = TIMEOUTS.has(code);
  return new UpstreamFailure(
    isTimeout ? 'UPSTREAM_TIMEOUT' : 'UPSTREAM_ERROR',
    `${isTimeout ? TIMED_OUT[stage] : BROKEN[stage]}${code === '' ? '' : ` (${code})`}.`,
    stage !== 'connecting',
    error,
  );
}

/** How far an exchange had come: nothing sent; sent and waiting; the answer's body was coming. */
export type UpstreamStage = 'connecting' | 'waiting' | 'answering';

const BROKEN: Readonly<Record<UpstreamStage, string>> = {
  connecting: 'The upstream could not be reached; nothing was sent',
  waiting: 'The upstream broke the connection before it answered; it may have done the work',
  answering: 'The upstream broke the connection in the middle of its answer',
};

const TIMED_OUT: Readonly<Record<UpstreamStage, string>> = {
  connecting: 'The upstream did not take the connection in time; nothing was sent',
  waiting: 'The upstream did not answer in time; it may have done the work',
  answering: 'The upstream fell silent in the middle of its answer',
};

/** https://undici.nodejs.org/#/docs/api/Errors */
const TIMEOUTS: ReadonlySet<string> = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
]);

const codeOf = (error: Error): string =>
  'code' in error && typeof error.code === 'string' ? error.code : '';

/** What a caller is told of a 401 of the upstream's: its own words may show some of the key. */
export const BAD_KEY =
  'The upstream does not take the gateway’s key; the operator has to look at it. Nothing was done.';
