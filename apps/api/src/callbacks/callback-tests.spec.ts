import { type Delivery, testDelivery, NEW_RECEIVER } from '@app/callbacks';
import { InMemoryDeliveryStore } from '@app/callbacks/testing';
import type { Identity } from '@app/tenants';
import { describe, expect, it } from 'vitest';
import { CallbackTests, MOST_TESTS } from './callback-tests.js';

const URL = 'https://your.app/hook';
const NOBODY_LEFT = new AbortController().signal;

const caller = (url?: string): Identity => ({
  tenantId: 'tn-1',
  tenantName: 'a',
  keyId: 'key-1',
  keyPrefix: 'a',
  scopes: ['tasks'],
  policy: {},
  keyPolicy: {},
  callbacks: url === undefined ? {} : { default: { url, when: 'final' } },
  expiresAt: null,
});

const judge = (url: string) =>
  url.includes('127.0.0.1')
    ? { allowed: false, reason: 'it is not public' }
    : { allowed: true, reason: null };

function open({ waitMs = 20_000 } = {}) {
  const store = new InMemoryDeliveryStore();
  const wakes: string[] = [];
  const wakeWorkers = () => void wakes.push('woken');
  return { store, wakes, tests: new CallbackTests(store, { judge }, { waitMs, wakeWorkers }) };
}

const onlyTest = async (store: InMemoryDeliveryStore): Promise<Delivery> => {
  const [{ id } = { id: '' }] = (await store.list({}, { limit: 1 })).deliveries;
  const found = await store.find(null, id);
  if (!found) throw new Error('There is no test');
  return found.delivery;
};

describe('a test of a callback URL', () => {
  it('answers when the attempt is recorded', async () => {
    const { store, tests, wakes } = open();
    const sending = tests.send(caller(), URL, NOBODY_LEFT);
    await expect.poll(() => wakes).toEqual(['woken']);
    const delivery = await onlyTest(store);
    store.add({ ...delivery, state: 'dead', nextAttemptAt: null, attempts: 1 });

    const sent = await sending;

    expect(sent.delivery).toMatchObject({ id: delivery.id, url: URL, state: 'dead' });
    expect(sent.delivery).toMatchObject({ taskId: null, event: 'callback.test' });
  });

  it('answers it as it stands when nothing came of it in time', async () => {
    const { tests } = open({ waitMs: 0 });

    expect((await tests.send(caller(), URL, NOBODY_LEFT)).delivery.state).toBe('pending');
  });

  it('stops looking when nobody waits for it any more', async () => {
    const { tests } = open();
    const gone = new AbortController();
    const sending = tests.send(caller(), URL, gone.signal);
    gone.abort();

    expect((await sending).delivery.state).toBe('pending');
  });

  it('goes to the default where no URL is named', async () => {
    const { tests } = open({ waitMs: 0 });

    expect((await tests.send(caller(URL), undefined, NOBODY_LEFT)).delivery.url).toBe(URL);
    await expect(tests.send(caller(), undefined, NOBODY_LEFT)).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      param: 'url',
      message: expect.stringContaining('no default'),
    });
  });

  it('is refused for a URL that no task could name, and nothing is written', async () => {
    const { store, tests } = open();
    const refusal = { param: 'url', message: expect.stringContaining('it is not public') };

    for (const [identity, url] of [
      [caller(), 'http://127.0.0.1/'],
      [caller('http://127.0.0.1/'), undefined],
    ] as const) {
      await expect(tests.send(identity, url, NOBODY_LEFT)).rejects.toMatchObject(refusal);
    }
    expect((await store.list({}, { limit: 1 })).deliveries).toEqual([]);
  });

  it('is refused while its receiver is disabled, with how to enable it', async () => {
    const { store, tests } = open();
    const key = { tenantId: 'tn-1', origin: 'https://your.app' };
    store.setHealth(key, { ...NEW_RECEIVER, disabledAt: 0 });

    await expect(tests.send(caller(), URL, NOBODY_LEFT)).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      message: expect.stringContaining('receivers/enable {"origin": "https://your.app"}'),
    });
  });

  it('is refused, for a while, where too many have not ended', async () => {
    const { store, tests } = open({ waitMs: 0 });
    for (let count = 0; count < MOST_TESTS; count += 1)
      store.add(testDelivery({ tenantId: 'tn-1', url: URL }, new Date()));

    await expect(tests.send(caller(), URL, NOBODY_LEFT)).rejects.toMatchObject({
      code: 'RATE_LIMIT_EXCEEDED',
      retryAfterSeconds: 5,
    });
  });
});
