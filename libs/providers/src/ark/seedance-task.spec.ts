import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { providerErrorOf } from '../testing/failure.js';
import { ReplayServer } from '../testing/replay-server.js';
import { readArkHook } from './ark-hook.js';
import { ark } from './ark.provider.js';
import created from './fixtures/created.json' with { type: 'json' };
import succeeded from './fixtures/succeeded.json' with { type: 'json' };

const HOOK_URL = 'https://gateway.example/hooks/ark/at-1/mac';
const REQUEST = {
  model: 'dreamina-seedance-2-0-260128',
  content: [{ type: 'text', text: 'a cat' }],
  resolution: '720p',
  generate_audio: true,
  watermark: false,
};
const HANDLE = {
  id: created.body.id,
  model: REQUEST.model,
  resolution: '720p',
  sound: true,
  videoIn: false,
};

let vendor: ReplayServer;
beforeAll(async () => {
  vendor = await ReplayServer.start();
});
beforeEach(() => vendor.reset());
afterAll(async () => await vendor.close());

const context = (hookUrl: string | null = null) =>
  vendor.context({ baseUrl: `${vendor.origin}/api/v3`, hookUrl });
const CHINA = 'https://ark.cn-beijing.volces.com';
/** The same vendor under a name that is Volcengine's; the calls still arrive here. */
const inChina = () => {
  const home = vendor.context({ baseUrl: `${CHINA}/api/v3` });
  home.http.interceptors.request.use((call) => {
    call.url = call.url?.replace(CHINA, vendor.origin) ?? '';
    return call;
  });
  return home;
};
const inState = (status: string) => ({ body: { ...succeeded.body, status, content: null } });

describe('a submit', () => {
  it('says what was asked, when to give up, and where to call back', async () => {
    vendor.answer(created);

    const submitted = await ark.submit(REQUEST, context(HOOK_URL));

    expect(submitted).toEqual({ state: 'accepted', handle: HANDLE, vendorId: created.body.id });
    expect(vendor.requests).toMatchObject([
      {
        method: 'POST',
        path: '/api/v3/contents/generations/tasks',
        headers: { 'x-client-request-id': 'at-1' },
      },
    ]);
    expect(vendor.requests[0]?.body).toEqual({
      ...REQUEST,
      execution_expires_after: 86_400,
      safety_identifier: expect.stringMatching(/^[0-9a-f]{32}$/),
      callback_url: HOOK_URL,
    });
  });

  it('names no address where nobody outside can reach the gateway', async () => {
    vendor.answer(created);

    await ark.submit(REQUEST, context());

    expect(vendor.requests[0]?.body).not.toHaveProperty('callback_url');
  });
});

describe('a finished film', () => {
  it.each([
    ['by the tokens that were used', HANDLE, 762_300_000],
    ['without a film to go by', { ...HANDLE, videoIn: true }, 468_270_000],
    ['when only a callback told of it: a film may have gone in', { id: HANDLE.id }, null],
  ])('is charged %s', async (_, handle, costNanoUsd) => {
    vendor.answer(succeeded);

    const checked = await ark.check?.(handle, context());

    expect(checked).toMatchObject({
      state: 'done',
      outputs: [{ from: 'url', url: succeeded.body.content.video_url }],
      usage: { unit: 'token', quantity: 108_900, costNanoUsd },
    });
  });

  it('of a model that takes no films is charged by what the answer says alone', async () => {
    vendor.answer({ body: { ...succeeded.body, model: 'seedance-1-5-pro-251215' } });

    const checked = await ark.check?.({ id: HANDLE.id }, context());

    expect(checked).toMatchObject({ usage: { costNanoUsd: 261_360_000 } });
  });

  it('has no price in USD in China', async () => {
    vendor.answer(succeeded);

    const checked = await ark.check?.(HANDLE, inChina());

    expect(checked).toMatchObject({ usage: { quantity: 108_900, costNanoUsd: null } });
  });

  it('has no price when the answer counts no tokens', async () => {
    vendor.answer({ body: { ...succeeded.body, usage: null } });

    expect(await ark.check?.(HANDLE, context())).toMatchObject({ usage: { costNanoUsd: null } });
  });
});

it('names the model as the host knows it', async () => {
  vendor.answer(created);

  await ark.submit(REQUEST, inChina());

  expect(vendor.requests[0]?.body).toMatchObject({ model: 'doubao-seedance-2-0-260128' });
});

describe('a cancel', () => {
  it('deletes a task that a look just saw waiting', async () => {
    vendor.answer(inState('queued'), { body: {} });

    expect(await ark.cancel?.(HANDLE, context())).toBe('stopped');
    expect(vendor.requests.map(({ method }) => method)).toEqual(['GET', 'DELETE']);
  });

  it.each(['running', 'succeeded', 'failed', 'cancelled', 'expired', 'warming_up'])(
    'never deletes one that is %s: its record may be all that leads to the film',
    async (status) => {
      vendor.answer(inState(status));

      expect(await ark.cancel?.(HANDLE, context())).toBe('too-late');
      expect(vendor.requests.map(({ method }) => method)).toEqual(['GET']);
    },
  );

  it.each([400, 403, 404, 409])('is too late when the vendor answers %i', async (status) => {
    vendor.answer(inState('queued'), { status, body: { error: { code: 'OperationDenied.X' } } });

    expect(await ark.cancel?.(HANDLE, context())).toBe('too-late');
  });

  it.each([429, 500])('can be asked again after %i', async (status) => {
    vendor.answer(inState('queued'), { status, body: {} });

    const cancel = Promise.resolve(ark.cancel?.(HANDLE, context()));
    expect(await providerErrorOf(cancel)).toMatchObject({ retryable: true });
  });
});

describe('a callback', () => {
  it('tells the id and nothing else', () => {
    expect(readArkHook(succeeded.body)).toEqual({ id: succeeded.body.id });
  });

  it.each([
    ['nothing', undefined],
    ['a text', 'succeeded'],
    ['a list', [succeeded.body]],
    ['no id', { status: 'succeeded' }],
    ['a path for an id', { id: '../images' }],
    ['an id without end', { id: 'a'.repeat(201) }],
  ])('makes nothing of %s', (_, body) => {
    expect(readArkHook(body)).toBeNull();
  });
});
