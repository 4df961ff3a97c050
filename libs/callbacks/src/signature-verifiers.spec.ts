import { createHmac, createPublicKey, verify } from 'node:crypto';
import * as fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { callbackHeaders } from './signature.js';
import { CallbackSigningKey, newSigningKey } from './signing-key.js';

/** A callback as a receiver has it. */
interface Received {
  readonly body: Buffer;
  /** In lower case, as Node gives them. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Throws, or is false, when the callback is not to be believed. */
type Verify = (received: Received, secret: string) => unknown;

const key = new CallbackSigningKey(newSigningKey());
const publicKey = createPublicKey({ key: { ...key.published.keys[0] }, format: 'jwk' });

/** Other people's verifiers, and the two rules that have none in Node by the books of who made them. */
const VERIFIERS: Readonly<Record<string, Verify>> = {
  standardwebhooks: ({ body, headers }, secret) => {
    new Webhook(secret).verify(body, { ...headers }, { jsonParse: false });
    return true;
  },
  svix: ({ body, headers }, secret) => {
    new SvixWebhook(secret).verify(body, { ...headers });
    return true;
  },
  'HiAPI’s rule': ({ body, headers }, secret) =>
    createHmac('sha256', secret)
      .update(`${headers['x-hiapi-timestamp']}.`)
      .update(body)
      .digest('hex') === headers['x-hiapi-signature'],
  Ed25519: ({ body, headers }) => {
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.`;
    return signaturesOf(headers, 'v1a').some((signature) =>
      verify(null, Buffer.concat([Buffer.from(signed), body]), publicKey, signature),
    );
  },
};

const signaturesOf = (headers: Received['headers'], version: string): readonly Buffer[] =>
  (headers['webhook-signature'] ?? '')
    .split(' ')
    .map((one) => one.split(','))
    .filter(([given]) => given === version)
    .map(([, signature = '']) => Buffer.from(signature, 'base64'));

const believes = (verifier: Verify, received: Received, secret: string): boolean => {
  try {
    return verifier(received, secret) === true;
  } catch {
    return false;
  }
};

const secretBytes = fc.uint8Array({ minLength: 24, maxLength: 64 });
const asSecret = (bytes: Uint8Array): string => `whsec_${Buffer.from(bytes).toString('base64')}`;

const sent = fc.record({
  deliveryId: fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/),
  timestampSeconds: fc.integer({ min: 1, max: 8_000_000_000 }),
  body: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 400 }),
  secretBytes,
});
type Sent = typeof sent extends fc.Arbitrary<infer T> ? T : never;

function receive({ secretBytes: bytes, ...fields }: Sent): Received {
  const headers = callbackHeaders({
    ...fields,
    event: 'task.success',
    attempt: 1,
    secrets: [asSecret(bytes)],
    signingKey: key,
  });
  const lowerCase = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return { body: Buffer.from(fields.body), headers: Object.fromEntries(lowerCase) };
}

const flipped = (bytes: Uint8Array, at: number): Buffer => {
  const flippedBit = (byte: number, index: number): number =>
    index === at % bytes.length ? byte ^ (1 << (at % 8)) : byte;
  return Buffer.from(bytes.map(flippedBit));
};

/** Clocks are set to the callback's own time: it is the signature that has to refuse. */
const atItsTime = ({ headers }: Received): void => {
  vi.setSystemTime(Number(headers['webhook-timestamp']) * 1000);
};

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

describe.each(Object.keys(VERIFIERS))('a receiver with %s', (name) => {
  const verifier = VERIFIERS[name] ?? (() => false);

  it('takes whatever body, id and time we sign', () => {
    fc.assert(
      fc.property(sent, (callback) => {
        const received = receive(callback);
        atItsTime(received);

        expect(believes(verifier, received, asSecret(callback.secretBytes))).toBe(true);
      }),
    );
  });

  it('refuses a body with one bit changed', () => {
    fc.assert(
      fc.property(sent, fc.nat(), (callback, at) => {
        const received = receive(callback);
        atItsTime(received);

        const changed = { ...received, body: flipped(received.body, at) };

        expect(believes(verifier, changed, asSecret(callback.secretBytes))).toBe(false);
      }),
    );
  });

  it('refuses a body with a byte more or less', () => {
    fc.assert(
      fc.property(sent, (callback) => {
        const received = receive(callback);
        atItsTime(received);
        const more = { ...received, body: Buffer.concat([received.body, Buffer.from(' ')]) };
        const less = { ...received, body: received.body.subarray(0, -1) };

        expect(believes(verifier, more, asSecret(callback.secretBytes))).toBe(false);
        expect(believes(verifier, less, asSecret(callback.secretBytes))).toBe(false);
      }),
    );
  });

  it('refuses another time, although it is the time', () => {
    fc.assert(
      fc.property(sent, fc.integer({ min: 1, max: 1_000_000 }), (callback, seconds) => {
        const received = receive(callback);
        const time = String(callback.timestampSeconds + seconds);
        const moved = { 'webhook-timestamp': time, 'x-hiapi-timestamp': time };
        const changed = { ...received, headers: { ...received.headers, ...moved } };
        atItsTime(changed);

        expect(believes(verifier, changed, asSecret(callback.secretBytes))).toBe(false);
      }),
    );
  });
});

/** HiAPI's rule leaves the id out. */
describe.each(['standardwebhooks', 'svix', 'Ed25519'])('a receiver with %s', (name) => {
  const verifier = VERIFIERS[name] ?? (() => true);

  it('refuses another id', () => {
    fc.assert(
      fc.property(sent, fc.nat(), (callback, at) => {
        const received = receive(callback);
        atItsTime(received);
        const id = flipped(Buffer.from(callback.deliveryId), at).toString('latin1');
        const changed = { ...received, headers: { ...received.headers, 'webhook-id': id } };

        expect(believes(verifier, changed, asSecret(callback.secretBytes))).toBe(false);
      }),
    );
  });
});

/** The public key takes the place of the secret. */
describe.each(['standardwebhooks', 'svix', 'HiAPI’s rule'])('a receiver with %s', (name) => {
  const verifier = VERIFIERS[name] ?? (() => true);

  it('refuses what another secret has signed, be it one bit that differs', () => {
    fc.assert(
      fc.property(sent, fc.nat(), (callback, at) => {
        const received = receive(callback);
        atItsTime(received);

        const other = asSecret(flipped(callback.secretBytes, at));

        expect(believes(verifier, received, other)).toBe(false);
      }),
    );
  });
});

describe.each(['standardwebhooks', 'svix'])('a receiver with %s', (name) => {
  const verifier = VERIFIERS[name] ?? (() => true);
  const callback = {
    deliveryId: 'msg_1',
    timestampSeconds: 1_777_282_033,
    body: '{"status":"success"}',
    secretBytes: Buffer.alloc(32, 1),
  };
  const received = receive(callback);
  const [v1 = '', v1a = ''] = (received.headers['webhook-signature'] ?? '').split(' ');
  const withSignature = (signature: string): Received => ({
    ...received,
    headers: { ...received.headers, 'webhook-signature': signature },
  });

  it.each([
    ['no signature at all', ''],
    ['an empty one', 'v1,'],
    ['empty ones', 'v1, v1, v1a,'],
    ['only the key pair’s', v1a],
    ['the secret’s under the name of the key pair’s', v1.replace('v1,', 'v1a,')],
    ['the key pair’s under the name of the secret’s', v1a.replace('v1a,', 'v1,')],
    ['half of it', v1.slice(0, 20)],
  ])('refuses %s', (_what, signature) => {
    atItsTime(received);

    expect(believes(verifier, withSignature(signature), asSecret(callback.secretBytes))).toBe(
      false,
    );
  });

  it('takes the secret’s signature alone, and behind others', () => {
    atItsTime(received);

    for (const signature of [v1, `${v1a} ${v1}`, `v1,AAAA v2,x ${v1}`]) {
      const one = withSignature(signature);
      expect(believes(verifier, one, asSecret(callback.secretBytes))).toBe(true);
    }
  });

  it.each([
    [-301, false],
    [-300, true],
    [300, true],
    [301, false],
  ])('by a clock that is %i seconds away, takes it: %s', (seconds, taken) => {
    vi.setSystemTime((callback.timestampSeconds + seconds) * 1000);

    expect(believes(verifier, received, asSecret(callback.secretBytes))).toBe(taken);
  });
});
