import { readFileSync } from 'node:fs';
import { callbackHeaders } from '../libs/callbacks/src/signature.js';
import { CallbackSigningKey } from '../libs/callbacks/src/signing-key.js';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const DOCUMENT = readFileSync(new URL('../docs/callbacks.md', import.meta.url), 'utf8');

/** The code blocks of this kind, in the order of the document. */
const blocks = (kind: string): string =>
  [...DOCUMENT.matchAll(new RegExp(`\`\`\`${kind}\n(.+?)\`\`\``, 'gs'))]
    .map(([, source = '']) => source)
    .join('\n');

interface Vector {
  readonly secret: string;
  readonly older: string;
  readonly publicKey: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}
const vector = JSON.parse(blocks('json vector')) as Vector;

type Headers = Readonly<Record<string, string>>;
type Verifier<Key> = (key: Key, headers: Headers, body: string | Buffer) => boolean;
interface Verifiers {
  readonly isStandardSignature: Verifier<string>;
  readonly isHiapiSignature: Verifier<string>;
  readonly isKeySignature: Verifier<readonly object[]>;
}

/** RFC 8037, appendix A.1, in the envelope of PKCS #8. */
const signingKey = new CallbackSigningKey(
  Buffer.concat([
    Buffer.from('302e020100300506032b657004220420', 'hex'),
    Buffer.from('nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A', 'base64url'),
  ]).toString('base64'),
);

/** Node gives a receiver its headers in lower case. */
const headers: Headers = Object.fromEntries(
  Object.entries(vector.headers).map(([name, value]) => [name.toLowerCase(), value]),
);
const sentAtMs = Number(headers['webhook-timestamp']) * 1000;

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: sentAtMs }));
afterEach(() => void vi.useRealTimers());

describe('the test vectors in docs/callbacks.md', () => {
  it('are what the gateway sends', () => {
    const sent = callbackHeaders({
      deliveryId: headers['webhook-id'] ?? '',
      event: 'task.success',
      attempt: 1,
      timestampSeconds: sentAtMs / 1000,
      body: vector.body,
      secrets: [vector.secret, vector.older],
      signingKey,
    });

    expect(sent).toMatchObject(vector.headers);
    expect(signingKey.published.standardWebhooks).toEqual([vector.publicKey]);
  });

  it('are right for somebody else’s verifier', () => {
    for (const secret of [vector.secret, vector.older]) {
      expect(new Webhook(secret).verify(vector.body, { ...headers })).toMatchObject({
        status: 'success',
      });
    }
  });
});

describe('the verification by hand in docs/callbacks.md', async () => {
  const source = `data:text/javascript,${encodeURIComponent(blocks('js by-hand'))}`;
  const verifiers = (await import(source)) as Verifiers;
  const stranger = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;
  const strangersKey = {
    ...signingKey.published.keys[0],
    x: 'PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw',
  };
  const { keys } = signingKey.published;

  const snippets: readonly [string, Verifier<boolean>][] = [
    [
      'isStandardSignature',
      (isOurs, ...rest) =>
        verifiers.isStandardSignature(isOurs ? vector.secret : stranger, ...rest),
    ],
    [
      'isHiapiSignature',
      (isOurs, ...rest) => verifiers.isHiapiSignature(isOurs ? vector.secret : stranger, ...rest),
    ],
    [
      'isKeySignature',
      (isOurs, ...rest) => verifiers.isKeySignature(isOurs ? keys : [strangersKey], ...rest),
    ],
  ];

  describe.each(snippets)('%s', (name, verify) => {
    it('takes what is signed, as text and as bytes', () => {
      expect(verify(true, headers, vector.body)).toBe(true);
      expect(verify(true, headers, Buffer.from(vector.body))).toBe(true);
    });

    it('refuses what was changed, and what somebody else has signed', () => {
      const bytes = Buffer.from(vector.body);
      for (const at of bytes.keys()) {
        const changed = Buffer.from(bytes).fill((bytes[at] ?? 0) ^ 1, at, at + 1);
        expect(verify(true, headers, changed)).toBe(false);
      }
      expect(verify(false, headers, vector.body)).toBe(false);
    });

    it('refuses an old callback, and an old one under a new time', () => {
      vi.setSystemTime(sentAtMs + 301_000);
      const time = String(sentAtMs / 1000 + 301);
      const replayed = { ...headers, 'webhook-timestamp': time, 'x-hiapi-timestamp': time };

      expect(verify(true, headers, vector.body)).toBe(false);
      expect(verify(true, replayed, vector.body)).toBe(false);
    });

    it('refuses one without a signature, or with another family’s', () => {
      const { 'webhook-signature': _, 'x-hiapi-signature': __, ...bare } = headers;
      const [v1 = '', , v1a = ''] = (headers['webhook-signature'] ?? '').split(' ');
      const others = name === 'isKeySignature' ? v1 : v1a;

      expect(verify(true, bare, vector.body)).toBe(false);
      for (const signature of ['', 'v1,', 'v1a,', 'v1', others]) {
        const empty = { 'webhook-signature': signature, 'x-hiapi-signature': '' };
        expect(verify(true, { ...headers, ...empty }, vector.body)).toBe(false);
      }
    });

    it('refuses one without a time', () => {
      const { 'webhook-timestamp': _, 'x-hiapi-timestamp': __, ...timeless } = headers;

      expect(verify(true, timeless, vector.body)).toBe(false);
    });
  });

  it('takes the older secret too while it signs, in the standard’s headers alone', () => {
    expect(verifiers.isStandardSignature(vector.older, headers, vector.body)).toBe(true);
    expect(verifiers.isHiapiSignature(vector.older, headers, vector.body)).toBe(false);
  });

  it.each(['isStandardSignature', 'isKeySignature'] as const)('%s refuses another id', (name) => {
    const other = { ...headers, 'webhook-id': 'msg_other' };
    const verified =
      name === 'isKeySignature'
        ? verifiers.isKeySignature(keys, other, vector.body)
        : verifiers.isStandardSignature(vector.secret, other, vector.body);

    expect(verified).toBe(false);
  });
});
