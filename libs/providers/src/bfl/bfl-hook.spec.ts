import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ReplayServer, TEST_KEY } from '../testing/replay-server.js';
import { readFluxHook } from './bfl-hook.js';
import { bfl } from './bfl.provider.js';
import created from './fixtures/created-with-webhook.json' with { type: 'json' };
import failed from './fixtures/hook-failed.json' with { type: 'json' };
import ready from './fixtures/hook-ready.json' with { type: 'json' };

const HOOK_URL = 'https://gateway.example/hooks/bfl/at-1/mac';
const REQUEST = { model: 'flux-2-pro', body: { prompt: 'a cat', width: 1024, height: 1024 } };

describe('a submit with a hook', () => {
  let vendor: ReplayServer;
  beforeAll(async () => {
    vendor = await ReplayServer.start();
  });
  beforeEach(() => vendor.reset());
  afterAll(async () => await vendor.close());
  const context = (hookUrl: string | null) =>
    vendor.context({ baseUrl: `${vendor.origin}/v1`, hookUrl });

  it('names the address to call back at, and nothing else', async () => {
    vendor.answer(created);

    await bfl.submit(REQUEST, context(HOOK_URL));

    expect(vendor.requests[0]?.body).toEqual({ ...REQUEST.body, webhook_url: HOOK_URL });
  });

  it('names none where nobody outside can reach the gateway', async () => {
    vendor.answer(created);

    await bfl.submit(REQUEST, context(null));

    expect(vendor.requests[0]?.body).toEqual(REQUEST.body);
  });

  it('asks at the general address where the answer has none', async () => {
    vendor.answer(created);

    expect(await bfl.submit(REQUEST, context(HOOK_URL))).toEqual({
      state: 'accepted',
      handle: {
        id: created.body.id,
        pollingUrl: `${vendor.origin}/v1/get_result?id=${created.body.id}`,
        costNanoUsd: 45_000_000,
      },
      vendorId: created.body.id,
    });
  });

  it('is asked for by what the hook told alone, with the key', async () => {
    vendor.answer({ body: { id: created.body.id, status: 'Pending' } });

    const handle = bfl.readHook?.(ready.body) ?? {};
    const checked = await bfl.check?.(handle, context(HOOK_URL));

    expect(checked).toEqual({ state: 'running' });
    expect(vendor.requests[0]).toMatchObject({
      method: 'GET',
      path: `/v1/get_result?id=${created.body.id}`,
      headers: { 'x-key': TEST_KEY },
    });
  });
});

describe('readFluxHook', () => {
  it.each([
    ['success', ready],
    ['failure', failed],
  ])('takes nothing but the id out of a %s', (_, { body }) => {
    expect(readFluxHook(body)).toEqual({ id: body.id });
  });

  it.each([
    ['nothing', undefined],
    ['a text', 'Ready'],
    ['a list', [ready.body]],
    ['no id', { status: 'Ready' }],
    ['an empty id', { id: '' }],
    ['an id that is a number', { id: 7 }],
    ['an id with a query of its own', { id: '1&key=2' }],
    ['an id without end', { id: 'a'.repeat(201) }],
  ])('makes nothing of %s', (_, body) => {
    expect(readFluxHook(body)).toBeNull();
  });
});
