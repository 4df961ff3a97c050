import { describe, expect, it } from 'vitest';
import { faultOfAnswer, faultOfError, readErrorBody } from './fault.js';

const body = (error: unknown): Buffer => Buffer.from(JSON.stringify({ error }));

describe('what an answer says is wrong', () => {
  it.each([
    [200, {}, null],
    [304, {}, null],
    [400, { code: 'context_length_exceeded' }, 'context-length'],
    [400, { message: "This model's maximum context length is 8192 tokens." }, 'context-length'],
    [413, { code: 'request_too_large' }, 'context-length'],
    [400, { code: 'content_filter' }, 'moderated'],
    [400, { code: 'content_policy_violation' }, 'moderated'],
    [400, { code: null, innererror: { code: 'ResponsibleAIPolicyViolation' } }, 'moderated'],
    [403, { type: 'moderation_blocked' }, 'moderated'],
    [400, { code: 'invalid_value' }, 'refused'],
    [404, { code: 'model_not_found' }, 'refused'],
    [401, { code: 'invalid_api_key' }, 'bad-key'],
    [403, { code: 'unsupported_country' }, 'refused'],
    [429, { code: 'rate_limit_exceeded' }, 'rate-limited'],
    [429, { code: 'insufficient_quota' }, 'quota'],
    [500, { type: 'server_error' }, 'server-error'],
    [502, null, 'server-error'],
    [503, {}, 'unavailable'],
    [529, { type: 'overloaded_error' }, 'unavailable'],
  ])('%i with %j: %s', (status, error, expected) => {
    expect(faultOfAnswer(status, body(error))).toBe(expected);
  });

  it.each(['', 'Bad gateway', '<html>', '[]', '{"error":"overloaded"}', '\xff\xfe'])(
    'reads no meaning into a body of %j',
    (text) => {
      expect(faultOfAnswer(503, Buffer.from(text, 'latin1'))).toBe('unavailable');
    },
  );

  it('an error within a stream has no status: it failed, unless it says of itself what it is', () => {
    expect(faultOfError(null, { code: 'server_error', type: null, message: null })).toBe('failed');
    expect(faultOfError(null, { code: 'rate_limit_exceeded', type: null, message: null })).toBe(
      'rate-limited',
    );
    expect(faultOfError(null, { code: 'content_filter', type: null, message: null })).toBe(
      'moderated',
    );
  });

  it('takes an error that is only a text for its message', () => {
    expect(readErrorBody(Buffer.from('{"error":"no"}'))).toEqual({
      code: null,
      type: null,
      message: 'no',
    });
  });
});
