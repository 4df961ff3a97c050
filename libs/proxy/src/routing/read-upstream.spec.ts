import { describe, expect, it } from 'vitest';
import { keysIn, readUpstream } from './read-upstream.js';

const SAID = { name: 'second', baseUrl: 'https://second.example/v1' };

describe('readUpstream', () => {
  it('fills in what is not said', () => {
    expect(readUpstream(SAID)).toEqual({
      spec: { ...SAID, weight: 1, injectUsage: true },
      secret: undefined,
    });
  });

  it('tells no key from a key that is not said', () => {
    expect(readUpstream({ ...SAID, secret: null }).secret).toBeNull();
    expect(readUpstream({ ...SAID, secret: 'sk-1, sk-2' }).secret).toBe('sk-1, sk-2');
  });

  it('takes any address, a trailing slash left out', () => {
    const baseUrl = 'http://10.0.0.7:8080/openai/v1';
    expect(readUpstream({ ...SAID, baseUrl: `${baseUrl}//` }).spec.baseUrl).toBe(baseUrl);
  });

  it.each<[string, string, object]>([
    ['name', 'the name of the environment’s', { name: 'openai' }],
    ['name', 'a name with capitals', { name: 'Second' }],
    ['name', 'no name', { name: undefined }],
    ['name', 'a name with a slash', { name: 'a/b' }],
    ['baseUrl', 'no address', { baseUrl: undefined }],
    ['baseUrl', 'an address of a file', { baseUrl: 'file:///etc/passwd' }],
    ['baseUrl', 'an address without a scheme', { baseUrl: 'second.example/v1' }],
    ['baseUrl', 'a user', { baseUrl: 'https://me@second.example/v1' }],
    ['baseUrl', 'a password', { baseUrl: 'https://me:sk-hidden@second.example/v1' }],
    ['baseUrl', 'a query', { baseUrl: 'https://second.example/v1?key=sk-hidden' }],
    ['baseUrl', 'an empty query', { baseUrl: 'https://second.example/v1?' }],
    ['baseUrl', 'a fragment', { baseUrl: 'https://second.example/v1#' }],
    ['baseUrl', 'a blank', { baseUrl: 'https://second.example/v 1' }],
    ['weight', 'a weight of nothing', { weight: 0 }],
    ['injectUsage', 'a switch in words', { injectUsage: 'false' }],
    ['secret', 'an empty key', { secret: '' }],
    ['secret', 'commas', { secret: ' , ' }],
    ['secret', 'a key with a line', { secret: 'sk-hidden\r\nx: y' }],
    ['secret', 'a key with a blank', { secret: 'sk-hidden two' }],
    ['secret', 'a list of keys', { secret: ['sk-hidden'] }],
    ['secret', 'a key without an end', { secret: 'x'.repeat(8_193) }],
    ['apiKey', 'a field of nobody', { apiKey: 'sk-hidden' }],
  ])('refuses under %s %s, and shows no secret', (param, _, more) => {
    const refusal = expect.objectContaining({
      code: 'INVALID_REQUEST',
      param,
      message: expect.not.stringContaining('sk-hidden'),
    });
    expect(() => readUpstream({ ...SAID, ...more })).toThrow(refusal);
  });
});

describe('keysIn', () => {
  it('takes each key once, without blanks around', () => {
    expect(keysIn(' sk-1,sk-2 ,,sk-1')).toEqual(['sk-1', 'sk-2']);
  });
});
