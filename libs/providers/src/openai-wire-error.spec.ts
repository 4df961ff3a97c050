import { describe, expect, it } from 'vitest';
import { openaiWireError } from './openai-wire-error.js';

const refused = (status: number, error: object) =>
  openaiWireError({
    vendor: 'The upstream',
    status,
    headers: {},
    body: { error },
    clean: (text) => text,
  });

describe('openaiWireError', () => {
  it.each([
    { code: 'moderation_failed', message: 'no' },
    { code: 'content_policy', message: 'no' },
    { type: 'content_policy_error', message: 'no' },
    { code: 403, message: 'Your chosen model requires moderation and your input was flagged' },
    { message: 'Your request was rejected by our safety system.' },
  ])('takes a 403 for the caller’s content, not for our account: %j', (error) => {
    const thrown = refused(403, error);

    expect(thrown).toMatchObject({ taskError: 'CONTENT_REJECTED', retryable: false });
    expect(thrown.trouble).toBeUndefined();
  });

  it.each([
    { message: 'Your organization must be verified to use this model.' },
    { code: 'unsupported_country_region_territory', message: 'Country not supported' },
    { code: 'invalid_api_key', message: 'The key was flagged as leaked' },
  ])('takes any other for our account: %j', (error) => {
    const thrown = refused(403, error);

    expect(thrown.taskError).toBe('MODEL_UNAVAILABLE');
    expect(thrown.trouble).toBeDefined();
  });

  it('leaves a request alone that was refused for its field moderation', () => {
    const thrown = refused(400, { code: 'invalid_value', message: "Unknown moderation 'none'" });

    expect(thrown.taskError).toBe('TASK_FAILED');
  });
});
