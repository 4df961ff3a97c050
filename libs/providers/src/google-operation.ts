import type { JobFault } from './failed-job.js';
import { isAboutContent, withoutProject } from './google-rpc.js';
import { numberAt, textAt } from './json.js';

/** What the `error` of a long-running operation means: a google.rpc.Status whose code is a number. */
export function operationFault(error: unknown): JobFault {
  const code = numberAt(error, 'code');
  const told = withoutProject(textAt(error, 'message'));
  const message = told ?? 'the operation failed without a reason';
  const providerCode = code?.toString();
  if (isAboutContent(message)) return { code: 'CONTENT_REJECTED', message, providerCode };
  if (code !== undefined && ACCOUNT_CODES.has(code)) {
    return { code: 'MODEL_UNAVAILABLE', message: ACCOUNT, providerCode };
  }
  return { message, providerCode, retryable: code !== undefined && RETRYABLE_CODES.has(code) };
}

/** gRPC codes (google/rpc/code.proto) that another try may cure: cancelled, deadline, quota, aborted, internal, unavailable. */
const RETRYABLE_CODES: ReadonlySet<number> = new Set([1, 4, 8, 10, 13, 14]);

/** The gateway's own account: permission, precondition (billing, region), authentication. */
const ACCOUNT_CODES: ReadonlySet<number> = new Set([7, 9, 16]);

const ACCOUNT =
  "the gateway's account was refused; an operator must look at its access and billing";
