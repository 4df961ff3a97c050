import { endpointOf, type S3Settings } from './s3-client.js';

/** What an S3 store refused, or that it cannot be reached. Says the variable to look at; holds no secret. */
export class S3Error extends Error {
  constructor(
    message: string,
    /** The store's own code (`NoSuchBucket`), or the system's (`ECONNREFUSED`). */
    readonly code: string,
  ) {
    super(message);
    this.name = 'S3Error';
  }
}

const KEYS = 'check S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY';
const ADVICE: Readonly<Record<string, string>> = {
  InvalidAccessKeyId: KEYS,
  SignatureDoesNotMatch: KEYS,
  AccessDenied: `${KEYS}, and that the key may get, put, delete and list in this bucket`,
  NoSuchBucket: 'check S3_BUCKET',
  PermanentRedirect: 'check S3_REGION and S3_ENDPOINT',
  AuthorizationHeaderMalformed: 'check S3_REGION',
  ECONNREFUSED: 'check S3_ENDPOINT',
  ENOTFOUND: 'check S3_ENDPOINT',
  EAI_AGAIN: 'check S3_ENDPOINT',
};

/**
 * The SDK's error without its fields: a store's answer to a wrong key repeats the key and what was
 * signed, and errors are logged whole.
 */
export function s3Error(error: unknown, settings: S3Settings): S3Error {
  const code = s3Code(error);
  const status = statusOf(error);
  const advice = ADVICE[code];
  const where = `The bucket "${settings.bucket}" at ${endpointOf(settings)}`;
  const what =
    status === undefined ? `cannot be used: ${code}` : `answered ${code} (HTTP ${status})`;
  return new S3Error(`${where} ${what}${advice ? `; ${advice}` : ''}.`, code);
}

/** By the status too: an answer to HEAD has no body that could tell a code. */
export const isMissing = (error: unknown): boolean =>
  ['NoSuchKey', 'NotFound'].includes(s3Code(error));

export function s3Code(error: unknown): string {
  const code = ['Code', 'code', 'name']
    .map((name) => memberOf(error, name))
    .find((value) => typeof value === 'string' && value !== '');
  return typeof code === 'string' ? code : 'Unknown';
}

/** The HTTP status of the store's answer; undefined when none came. */
export function statusOf(error: unknown): number | undefined {
  const status = memberOf(memberOf(error, '$metadata'), 'httpStatusCode');
  return typeof status === 'number' ? status : undefined;
}

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
