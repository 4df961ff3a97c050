import { createPublicKey, verify } from 'node:crypto';
import { CallbackSigningKey, newSigningKey, type PublishedKeys } from '@app/callbacks';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openApi } from '../testing/open-api.js';
import { CallbackKeys } from './callback-keys.js';

const PATH = '/.well-known/taskgate/callback-keys.json';

async function open(callbackKeys: CallbackKeys) {
  const api = await openApi({ callbackKeys });
  onTestFinished(async () => await api.close());
  return api;
}

describe(`GET ${PATH}`, () => {
  it('gives everybody the public key that the signatures verify with, for an hour', async () => {
    const key = new CallbackSigningKey(newSigningKey());
    const api = await open(new CallbackKeys(key.published));

    const response = await fetch(api.url + PATH); // without a key of a tenant
    const published = (await response.json()) as PublishedKeys;

    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(response.headers.get('cache-control')).toBe('public, max-age=3600');
    expect(published).toEqual(key.published);
    const publicKey = createPublicKey({ key: { ...published.keys[0] }, format: 'jwk' });
    const signature = Buffer.from(key.sign('msg_1.1.{}').slice('v1a,'.length), 'base64');
    expect(verify(null, Buffer.from('msg_1.1.{}'), publicKey, signature)).toBe(true);
  });

  it('says plainly that there is none where callbacks are signed with secrets alone', async () => {
    const api = await open(new CallbackKeys(null));

    const response = await fetch(api.url + PATH);

    expect(response.status).toBe(404);
    expect(response.headers.get('cache-control')).toBeNull();
    expect(await response.json()).toMatchObject({
      error_code: 'NOT_FOUND',
      message: expect.stringContaining('CALLBACK_ED25519'),
    });
  });

  it('takes nothing but GET', async () => {
    const api = await open(new CallbackKeys(null));

    const response = await fetch(api.url + PATH, { method: 'POST' });

    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET');
  });

  it('is in the API’s document', async () => {
    const api = await open(new CallbackKeys(null));

    const document = (await (await fetch(`${api.url}/openapi.json`)).json()) as {
      paths: Record<string, { get?: { responses: object; security?: unknown } }>;
    };

    expect(Object.keys(document.paths[PATH]?.get?.responses ?? {})).toEqual(['200', '404']);
    expect(document.paths[PATH]?.get?.security).toBeUndefined();
  });
});
