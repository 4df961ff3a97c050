import { createHmac, createPublicKey, verify } from 'node:crypto';
import { Client } from 'pg';
import { Webhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  type CallbackAnswer,
  type CallbackReceiver,
  type ReceivedCallback,
  startCallbackReceiver,
} from '../support/callback-receiver.js';
import { type Answer, GatewayClient } from '../support/gateway-client.js';
import { readMetric } from '../support/metrics.js';
import { type Stack, startStack } from '../support/stack.js';

let stack: Stack;
let client: GatewayClient;

beforeAll(async () => {
  stack = await startStack({
    workers: 2,
    env: {
      SANDBOX_DELAY_MS: '50',
      CALLBACK_RETRY_SCHEDULE: '0.2,0.2',
      CALLBACK_TIMEOUT_SECONDS: '3',
      CALLBACK_ED25519: 'true',
    },
  });
  client = new GatewayClient(stack.url, stack.keys[0]);
});
afterAll(async () => await stack?.stop());

/** A callback with the headers as other people's verifiers want them. */
interface Sent {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** The verifiers as published; each throws when the callback is not to be believed. */
const VERIFIERS: Readonly<Record<string, (secret: string, sent: Sent) => unknown>> = {
  standardwebhooks: (secret, { body, headers }) =>
    new Webhook(secret).verify(body, { ...headers }, { jsonParse: false }),
  svix: (secret, { body, headers }) => new SvixWebhook(secret).verify(body, { ...headers }),
};

const takes = (verifier: string, secret: string, sent: Sent): boolean => {
  try {
    VERIFIERS[verifier]?.(secret, sent);
    return true;
  } catch {
    return false;
  }
};

interface PublishedKeys {
  readonly keys: readonly object[];
  readonly standardWebhooks: readonly string[];
}

const secretIn = ({ body }: Answer): string => (body as { data: { secret: string } }).data.secret;

const secretOf = async (from = client): Promise<string> =>
  secretIn(await from.request('/v1/callback-secret'));

const rotate = async (graceSeconds: number, as = client): Promise<string> =>
  secretIn(await as.request('/v1/callback-secret/rotate', { body: { graceSeconds } }));

async function receiver(answers: readonly CallbackAnswer[] = []): Promise<CallbackReceiver> {
  const started = await startCallbackReceiver(answers);
  onTestFinished(async () => await started.stop());
  return started;
}

async function create(url: string, when: 'final' | 'all' = 'final', prompt = 'a boat') {
  const body = { model: 'flux-2-pro', input: { prompt }, callback: { url, when } };
  await client.createTask(body);
}

const asSent = ({ rawBody, headers }: ReceivedCallback): Sent => ({
  body: rawBody,
  headers: Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, String(value)]),
  ),
});

const isEnd = ({ headers }: ReceivedCallback): boolean =>
  headers['x-taskgate-event'] === 'task.success';

/** All that came by the time that so many tasks had told of their end. What tells of a change before it may be left out. */
async function untilEnded(hook: CallbackReceiver, tasks: number): Promise<readonly Sent[]> {
  const ended = (): boolean => hook.received.filter(isEnd).length === tasks;
  await vi.waitUntil(ended, { timeout: 20_000 });
  return hook.received.map(asSent);
}

/** The one callback of a task that is made for it. */
async function delivered(): Promise<Sent> {
  const hook = await receiver();
  await create(hook.url);
  const [callback] = await hook.waitFor(1);
  if (!callback) throw new Error('No callback came');
  return asSent(callback);
}

const versionsOf = ({ headers }: Sent): readonly (string | undefined)[] =>
  (headers['webhook-signature'] ?? '').split(' ').map((one) => one.split(',')[0]);

const hiapiSignature = ({ headers, body }: Sent, secret: string): string =>
  createHmac('sha256', secret)
    .update(`${headers['x-hiapi-timestamp']}.`)
    .update(body)
    .digest('hex');

function isKeySignature({ keys }: PublishedKeys, { headers, body }: Sent): boolean {
  const start = `${headers['webhook-id']}.${headers['webhook-timestamp']}.`;
  const signature = /v1a,(\S+)/.exec(headers['webhook-signature'] ?? '')?.[1] ?? '';
  const publicKey = createPublicKey({ key: { ...keys[0] }, format: 'jwk' });
  const signed = Buffer.concat([Buffer.from(start), body]);
  return verify(null, signed, publicKey, Buffer.from(signature, 'base64'));
}

const publishedKeys = async (url = stack.url): Promise<PublishedKeys> => {
  const response = await fetch(`${url}/.well-known/taskgate/callback-keys.json`);
  return (await response.json()) as PublishedKeys;
};

const withHeaders = (sent: Sent, headers: Readonly<Record<string, string>>): Sent => ({
  ...sent,
  headers: { ...sent.headers, ...headers },
});

describe.each(Object.keys(VERIFIERS))('a receiver written with %s', (verifier) => {
  let sent: Sent;
  let secret: string;
  beforeEach(async () => {
    [sent, secret] = [await delivered(), await secretOf()];
  });

  it('takes the callback of a task that ended well, and of one that did not', async () => {
    const hook = await receiver();
    await create(hook.url, 'final', 'a boat [[fault:fail]]');
    const [failure] = await hook.waitFor(1);

    expect(takes(verifier, secret, sent)).toBe(true);
    expect(failure && takes(verifier, secret, asSent(failure))).toBe(true);
  });

  it('takes every callback of a task that tells of every change', async () => {
    const hook = await receiver();
    await create(hook.url, 'all');
    const callbacks = await untilEnded(hook, 1);

    for (const callback of callbacks) expect(takes(verifier, secret, callback)).toBe(true);
  });

  it('takes each attempt of one that it refused before', async () => {
    const hook = await receiver([{ status: 500 }]);
    await create(hook.url);
    const attempts = await hook.waitFor(2);

    for (const attempt of attempts) expect(takes(verifier, secret, asSent(attempt))).toBe(true);
    expect(new Set(attempts.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  });

  it('refuses it when body, id or time was changed, or the signature taken away', () => {
    const { headers, body } = sent;
    const later = String(Number(headers['webhook-timestamp']) + 1);
    const keyPairs = /v1a,\S+/.exec(headers['webhook-signature'] ?? '')?.[0] ?? '';
    const changed: Readonly<Record<string, Sent>> = {
      body: { ...sent, body: Buffer.from(body.toString().replace('success', 'failure')) },
      id: withHeaders(sent, { 'webhook-id': 'msg_another' }),
      time: withHeaders(sent, { 'webhook-timestamp': later }),
      'no signature': withHeaders(sent, { 'webhook-signature': '' }),
      'an empty signature': withHeaders(sent, { 'webhook-signature': 'v1,' }),
      'the key pair’s signature alone': withHeaders(sent, { 'webhook-signature': keyPairs }),
    };

    expect(keyPairs).not.toBe('');
    const taken = Object.keys(changed).filter((what) =>
      takes(verifier, secret, changed[what] ?? sent),
    );
    expect(taken).toEqual([]);
  });

  it('refuses it with another tenant’s secret', async () => {
    const stranger = new GatewayClient(stack.url, stack.keys[1]);

    expect(takes(verifier, await secretOf(stranger), sent)).toBe(false);
  });

  it('refuses it more than five minutes later', () => {
    const sentAtMs = Number(sent.headers['webhook-timestamp']) * 1000;
    vi.useFakeTimers({ toFake: ['Date'], now: sentAtMs + 300_000 });
    onTestFinished(() => void vi.useRealTimers());

    expect(takes(verifier, secret, sent)).toBe(true);
    vi.setSystemTime(sentAtMs + 301_000);
    expect(takes(verifier, secret, sent)).toBe(false);
  });

  it('takes what comes during a rotation with the old secret and with the new', async () => {
    const rotated = await rotate(60);
    const during = await delivered();

    expect(takes(verifier, secret, during)).toBe(true);
    expect(takes(verifier, rotated, during)).toBe(true);
    expect(takes(verifier, rotated, sent)).toBe(false); // that was before it
  });

  it('takes nothing more with the old secret after a rotation without grace', async () => {
    const rotated = await rotate(0);
    const after = await delivered();

    expect(takes(verifier, secret, after)).toBe(false);
    expect(takes(verifier, rotated, after)).toBe(true);
    expect(versionsOf(after)).toEqual(['v1', 'v1a']);
  });
});

describe('a rotation', () => {
  it('holds for every attempt that begins after it, in every worker', async () => {
    for (let round = 0; round < 3; round += 1) {
      const hook = await receiver();
      const before = await secretOf();
      await Promise.all(Array.from({ length: 4 }, async () => await create(hook.url)));
      await hook.waitFor(4);
      const rotated = await rotate(60);
      await Promise.all(Array.from({ length: 4 }, async () => await create(hook.url)));
      const callbacks = (await hook.waitFor(8)).slice(4).map(asSent);

      for (const callback of callbacks) {
        expect(takes('standardwebhooks', before, callback)).toBe(true);
        expect(takes('standardwebhooks', rotated, callback)).toBe(true);
        expect(callback.headers['x-hiapi-signature']).toBe(hiapiSignature(callback, rotated));
      }
    }
  });

  it('signs a retry with what is in force by then', async () => {
    const hook = await receiver([{ status: 503, headers: { 'retry-after': '2' } }]);
    const before = await secretOf();
    await create(hook.url);
    await hook.waitFor(1);
    const rotated = await rotate(0);
    const attempts = (await hook.waitFor(2)).map(asSent);

    expect(attempts.map((attempt) => takes('standardwebhooks', before, attempt))).toEqual([
      true,
      false,
    ]);
    expect(attempts.map((attempt) => takes('standardwebhooks', rotated, attempt))).toEqual([
      false,
      true,
    ]);
  });
});

describe('a receiver that holds the public key', () => {
  it('takes every callback of every worker, and nothing that was changed', async () => {
    const keys = await publishedKeys();
    const hook = await receiver();
    await Promise.all(Array.from({ length: 4 }, async () => await create(hook.url, 'all')));
    const callbacks = await untilEnded(hook, 4);

    for (const sent of callbacks) {
      const changed = Buffer.concat([sent.body, Buffer.from(' ')]);
      expect(isKeySignature(keys, sent)).toBe(true);
      expect(isKeySignature(keys, { ...sent, body: changed })).toBe(false);
      expect(isKeySignature(keys, withHeaders(sent, { 'webhook-id': 'msg_another' }))).toBe(false);
    }
  });

  it('gets the same key from every process', async () => {
    const another = await stack.startApi();

    expect(await publishedKeys(another.url)).toEqual(await publishedKeys());
    expect((await publishedKeys()).standardWebhooks[0]).toMatch(/^whpk_/);
  });
});

/** As a disk might, or somebody who does not have MASTER_KEY. */
async function spoilSecretsOf(tenantName: string): Promise<void> {
  const database = new Client({ connectionString: stack.databaseUrl });
  await database.connect();
  const spoilt = await database.query(
    `UPDATE callback_secrets SET box = set_byte(box, 20, get_byte(box, 20) # 1)
     WHERE tenant_id = (SELECT id FROM tenants WHERE name = $1)`,
    [tenantName],
  );
  await database.end();
  expect(spoilt.rowCount).toBe(1);
}

const isTold = (line: string): boolean => line.includes('a signing secret cannot be used');

describe('a tenant whose secret cannot be opened any more', () => {
  it('is sent nothing unsigned; the operator is told, and a rotation mends it', async () => {
    const tenant = new GatewayClient(stack.url, stack.keys[1]);
    const lost = await secretOf(tenant);
    await spoilSecretsOf(stack.keys[1]);
    const hook = await receiver();
    const body = { model: 'flux-2-pro', input: { prompt: 'a boat' }, callback: { url: hook.url } };
    await tenant.createTask(body);
    const told = (): readonly string[] => stack.workers.flatMap((worker) => worker.logs());
    await vi.waitUntil(() => told().some(isTold), { timeout: 20_000 });

    expect(hook.received).toEqual([]);
    expect((await tenant.request('/v1/callback-secret')).status).toBe(500);
    expect(told().filter((line) => line.includes(lost.slice('whsec_'.length)))).toEqual([]);
    const counts = await Promise.all(
      stack.workers.map(
        async ({ url }) => await readMetric(url, 'taskgate_secrets_unusable_total'),
      ),
    );
    expect(Math.max(...counts)).toBeGreaterThan(0);

    const rotated = await rotate(0, tenant);
    const [callback] = await hook.waitFor(1, 40_000); // when the lease of the first try is over

    expect(callback?.headers['x-taskgate-attempt']).toBe('1');
    expect(callback && takes('standardwebhooks', rotated, asSent(callback))).toBe(true);
  });
});
