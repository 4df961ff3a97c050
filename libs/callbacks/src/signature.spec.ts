import { createHmac } from 'node:crypto';
import * as fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { newCallbackSecret } from './callback-secret.js';
import { type CallbackHeadersInput, callbackHeaders } from './signature.js';
import { CallbackSigningKey, newSigningKey } from './signing-key.js';

const nowSeconds = Math.floor(Date.now() / 1000);
const secretArbitrary = fc
  .uint8Array({ minLength: 24, maxLength: 64 })
  .map((bytes) => `whsec_${Buffer.from(bytes).toString('base64')}`);

describe('callbackHeaders', () => {
  it('carries every header of the contract', () => {
    const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

    const headers = callbackHeaders({
      deliveryId: 'msg_1',
      event: 'task.fail',
      attempt: 3,
      timestampSeconds: 1_777_282_033,
      body: '{}',
      secrets: [secret],
    });

    const hex = createHmac('sha256', secret).update('1777282033.{}').digest('hex');
    expect(headers).toEqual({
      'content-type': 'application/json',
      'user-agent': 'Taskgate/1 (callbacks)',
      'webhook-id': 'msg_1',
      'webhook-timestamp': '1777282033',
      'webhook-signature': expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}=$/) as unknown,
      'X-HiAPI-Timestamp': '1777282033',
      'X-HiAPI-Signature': hex,
      'X-Taskgate-Event': 'task.fail',
      'X-Taskgate-Attempt': '3',
    });
  });

  it('is accepted by a Standard Webhooks verifier under any of its secrets', () => {
    fc.assert(
      fc.property(
        fc.array(secretArbitrary, { minLength: 1, maxLength: 4 }),
        fc.json(),
        (secrets, body) => {
          const headers = sign({ secrets, body });

          for (const secret of secrets) {
            expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
          }
        },
      ),
    );
  });

  it('is refused by a verifier when one byte of the body or the secret differs', () => {
    fc.assert(
      fc.property(secretArbitrary, fc.json(), (secret, body) => {
        const headers = sign({ secrets: [secret], body });

        expect(() => new Webhook(secret).verify(`${body} `, headers)).toThrow('No matching');
        expect(() => new Webhook(newCallbackSecret()).verify(body, headers)).toThrow('No matching');
      }),
    );
  });

  it('puts the key pair’s signature behind those of the secrets', () => {
    const signingKey = new CallbackSigningKey(newSigningKey());
    const secrets = [newCallbackSecret(), newCallbackSecret()];

    const signatures = (sign({ secrets, signingKey })['webhook-signature'] ?? '').split(' ');

    expect(signatures.map((one) => one.split(',')[0])).toEqual(['v1', 'v1', 'v1a']);
    expect(signatures[2]).toBe(signingKey.sign(`msg_01JD.${nowSeconds}.{}`));
  });

  it('is never sent under the key pair alone', () => {
    const signingKey = new CallbackSigningKey(newSigningKey());

    expect(() => sign({ secrets: [], signingKey })).toThrow('never sent unsigned');
  });

  it('signs for HiAPI under the newest secret as a whole', () => {
    const secrets = [newCallbackSecret(), newCallbackSecret()] as const;

    const headers = sign({ secrets, body: '{"a":"ü"}' });

    const expected = createHmac('sha256', secrets[0])
      .update(`${nowSeconds}.{"a":"ü"}`)
      .digest('hex');
    expect(headers['X-HiAPI-Signature']).toBe(expected);
  });

  it.each([
    ['no secret', { secrets: [] }, 'never sent unsigned'],
    ['an empty secret', { secrets: [''] }, 'at least 24 bytes'],
    ['an empty second secret', { secrets: [newCallbackSecret(), 'whsec_'] }, 'at least 24 bytes'],
    ['a dot in the id', { deliveryId: 'msg_1.2' }, 'dot'],
    ['half a second', { timestampSeconds: 1.5 }, 'whole Unix seconds'],
  ])('refuses %s', (_what, fields, message) => {
    expect(() => sign(fields)).toThrow(message);
  });
});

function sign(fields: Partial<CallbackHeadersInput>): Record<string, string> {
  return {
    ...callbackHeaders({
      deliveryId: 'msg_01JD',
      event: 'task.success',
      attempt: 1,
      timestampSeconds: nowSeconds,
      body: '{}',
      secrets: [newCallbackSecret()],
      ...fields,
    }),
  };
}
