import { OpenAiError } from './openai-error.js';

/**
 * Keys that say what is wrong with their account: one that begins with `no-quota` has nothing left to
 * spend, one that begins with `unverified` belongs to an organisation that is not verified.
 * @throws OpenAiError
 */
export function refuseAccount(key: string): void {
  if (key.startsWith('no-quota')) throw insufficientQuota();
  if (key.startsWith('unverified')) throw notVerified();
}

/** Its status is that of a throttled request, but waiting does not help. */
export function insufficientQuota(): OpenAiError {
  return new OpenAiError(429, {
    message: 'You exceeded your current quota, please check your plan and billing details.',
    type: 'insufficient_quota',
    param: null,
    code: 'insufficient_quota',
  });
}

function notVerified(): OpenAiError {
  return new OpenAiError(403, {
    message: 'Your organization must be verified to use this model.',
    type: 'invalid_request_error',
    param: null,
    code: null,
  });
}
