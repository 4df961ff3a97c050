import { expect, it } from 'vitest';
import { readCredential } from './credential.js';

const subProtocol = (value: string) => ({ 'sec-websocket-protocol': value });

it.each([
  ['nothing', {}, null],
  ['a bearer token', { authorization: 'Bearer k1' }, 'k1'],
  ['a bearer token in any case', { authorization: 'bearer  k1 ' }, 'k1'],
  ['an empty bearer token', { authorization: 'Bearer ' }, null],
  ['another scheme', { authorization: 'Basic azE6' }, null],
  ['another scheme and an x-api-key', { authorization: 'Basic azE6', 'x-api-key': 'k2' }, 'k2'],
  ['two words', { authorization: 'Bearer k1 k2' }, null],
  ['an x-api-key', { 'x-api-key': ' k2 ' }, 'k2'],
  ['a repeated x-api-key', { 'x-api-key': ['k2', 'k3'] }, 'k2'],
  ['an empty x-api-key', { 'x-api-key': '' }, null],
  ['both: Authorization wins', { authorization: 'Bearer k1', 'x-api-key': 'k2' }, 'k1'],
  ['a sub-protocol', subProtocol('realtime, openai-insecure-api-key.k3'), 'k3'],
  ['a sub-protocol without a key', subProtocol('openai-insecure-api-key.'), null],
  ['other sub-protocols', subProtocol('realtime, openai-beta.realtime-v1'), null],
  [
    'a header before a sub-protocol',
    { 'x-api-key': 'k2', ...subProtocol('openai-insecure-api-key.k3') },
    'k2',
  ],
])('reads the key out of %s', (_what, headers, key) => {
  expect(readCredential(headers)).toBe(key);
});
