import { GatewayError } from '@app/errors';

/** Turns "Postgres cannot be reached" into the error that callers see; everything else stays a bug. */
export function asUnavailable(error: unknown): unknown {
  if (!isConnectionError(error)) return error;
  return new GatewayError(
    'SERVICE_UNAVAILABLE',
    'The database cannot be reached; try again shortly.',
    {
      retryAfterSeconds: 2,
      cause: error,
    },
  );
}

/**
 * SQLSTATE classes 08 (connection) and 57P (operator intervention), 53300 (too many connections);
 * Prisma's P1xxx and P2024; the socket's own codes; and what `pg` says without a code.
 */
const CODES =
  /^(08...|57P..|53300|P1\d{3}|P2024|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN|ENOENT|EHOSTUNREACH)$/;
const MESSAGES =
  /timeout exceeded when trying to connect|Connection terminated|Query read timeout|Client has encountered a connection error|Can't reach database server|Server has closed the connection|not queryable/i;

const isConnectionError = (error: unknown): boolean =>
  isOneOf(error, { codes: CODES, messages: MESSAGES });

/**
 * Whether an error says that there was no connection to begin with: then nothing was written, while after one
 * that broke it may have been.
 */
export const isUnreached = (error: unknown): boolean =>
  isOneOf(error, { codes: NO_CONNECTION, messages: NO_CONNECTION_TEXT });

const NO_CONNECTION =
  /^(08001|08004|57P03|53300|ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ENOENT|EHOSTUNREACH)$/;
const NO_CONNECTION_TEXT = /timeout exceeded when trying to connect/i;

interface Known {
  readonly codes: RegExp;
  readonly messages: RegExp;
}

function isOneOf(error: unknown, known: Known, depth = 0): boolean {
  if (!(error instanceof Error) || depth > 3) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (known.codes.test(code) || known.messages.test(error.message)) return true;
  if (error instanceof AggregateError)
    return error.errors.some((one) => isOneOf(one, known, depth + 1));
  return isOneOf(error.cause, known, depth + 1);
}
