import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { providerErrorOf } from '../testing/failure.js';
import { type ReplayAnswer, ReplayServer, TEST_KEY } from '../testing/replay-server.js';
import { gemini } from './gemini.provider.js';
import blocked from './fixtures/interaction-blocked.json' with { type: 'json' };
import completed from './fixtures/interaction-completed.json' with { type: 'json' };
import created from './fixtures/interaction-created.json' with { type: 'json' };
import hook from './fixtures/interaction-hook.json' with { type: 'json' };
import badKey from './fixtures/bad-key.json' with { type: 'json' };
import stream from './fixtures/interaction-stream.json' with { type: 'json' };

const ID = created.body.id;
const HANDLE = { interaction: ID, seconds: 5, costNanoUsd: 350_000_000 };
const HOOK_URL = 'https://gateway.example/hooks/gemini/at-1/mac';
const REQUEST = {
  call: 'interactions',
  body: {
    model: 'gemini-omni-1.2-flash',
    input: [{ type: 'text', text: 'a cat' }],
    response_format: { type: 'video', resolution: '360p', duration: '4s' },
    background: true,
    store: true,
  },
};

describe('an interaction', () => {
  let vendor: ReplayServer;
  beforeAll(async () => {
    vendor = await ReplayServer.start();
  });
  beforeEach(() => vendor.reset());
  afterAll(async () => await vendor.close());
  const submit = async (hookUrl: string | null = null) =>
    await gemini.submit(REQUEST, vendor.context({ hookUrl }));
  const check = async (...answers: readonly ReplayAnswer[]) => {
    const text = JSON.stringify(answers).replaceAll('{origin}', vendor.origin);
    vendor.answer(...(JSON.parse(text) as ReplayAnswer[]));
    return await gemini.check?.(HANDLE, vendor.context());
  };
  const paths = () => vendor.requests.map(({ method, path }) => `${method} ${path}`);

  it('is submitted with the key in a header, and keeps what it will cost', async () => {
    vendor.answer(created);

    expect(await submit()).toEqual({
      state: 'accepted',
      handle: { interaction: ID, seconds: 4, costNanoUsd: 92_000_000 },
      vendorId: ID,
    });
    expect(vendor.requests).toMatchObject([
      {
        method: 'POST',
        path: '/v1beta/interactions',
        headers: { 'x-goog-api-key': TEST_KEY, 'api-revision': '2026-05-20' },
        body: REQUEST.body,
      },
    ]);
    expect(vendor.requests[0]?.body).not.toHaveProperty('webhook_config');
  });

  it('names the hook, and the attempt to find it by', async () => {
    vendor.answer(created);

    await submit(HOOK_URL);

    expect(vendor.requests[0]?.body).toEqual({
      ...REQUEST.body,
      webhook_config: { uris: [HOOK_URL], user_metadata: { attempt: 'at-1' } },
    });
  });

  it('is done with the film that its answer holds', async () => {
    const [, , output] = completed.body.steps;
    const data = output?.content?.[0] && 'data' in output.content[0] ? output.content[0].data : '';

    expect(await check(completed)).toEqual({
      state: 'done',
      outputs: [{ from: 'bytes', bytes: Buffer.from(data ?? '', 'base64') }],
      usage: { unit: 'second', quantity: 5, costNanoUsd: 350_000_000, isEstimated: true },
    });
    expect(paths()).toEqual([`GET /v1beta/interactions/${ID}`]);
  });

  it('is priced by what it repeats, where a hook alone told of it', async () => {
    const handle = gemini.readHook?.(hook.body) ?? {};
    vendor.answer(completed);

    const checked = await gemini.check?.(handle, vendor.context());

    expect(handle).toEqual({ interaction: ID });
    expect(checked).toMatchObject({
      usage: { unit: 'second', quantity: 5, costNanoUsd: 350_000_000 },
    });
  });

  it('is replayed where its answer has no film, and its file fetched with the key', async () => {
    const checked = await check(
      { body: { ...completed.body, steps: [] } },
      stream,
      { body: { name: 'files/abc123', state: 'ACTIVE' } },
      { body: 'the film' },
    );

    expect(checked).toMatchObject({
      state: 'done',
      outputs: [{ from: 'bytes', bytes: Buffer.from('the film') }],
    });
    expect(paths()).toEqual([
      `GET /v1beta/interactions/${ID}`,
      `GET /v1beta/interactions/${ID}?stream=true`,
      'GET /v1beta/files/abc123',
      'GET /v1beta/files/abc123:download?alt=media',
    ]);
    expect(vendor.requests.map(({ headers }) => headers['x-goog-api-key'])).toEqual(
      Array.from({ length: 4 }, () => TEST_KEY),
    );
  });

  it('goes on while its file is being written', async () => {
    const answers = [{ body: { ...completed.body, steps: [] } }, stream];

    expect(await check(...answers, { body: { state: 'PROCESSING' } })).toEqual({
      state: 'running',
    });
  });

  it('fails where its file was lost there', async () => {
    const answers = [{ body: { ...completed.body, steps: [] } }, stream];

    expect(await check(...answers, { body: { state: 'FAILED' } })).toMatchObject({
      state: 'failed',
      code: 'TASK_FAILED',
    });
  });

  it('fails where it completed and no film is anywhere', async () => {
    const silent = { body: { ...completed.body, steps: [] } };

    expect(await check(silent, { body: 'data: [DONE]\n\n' })).toMatchObject({
      state: 'failed',
      code: 'TASK_FAILED',
      providerCode: 'completed',
    });
  });

  it('never takes a film that went in for one that came out', async () => {
    const content = [{ type: 'video', data: 'AAAA' }];
    const echoed = { body: { ...completed.body, steps: [{ type: 'user_input', content }] } };

    expect(await check(echoed, { body: '' })).toMatchObject({ state: 'failed' });
  });

  it('says what the vendor refused it for', async () => {
    expect(await check(blocked)).toMatchObject({
      code: 'CONTENT_REJECTED',
      message: expect.stringContaining('blocked by the content filter'),
      providerCode: 'content_blocked',
      retryable: false,
    });
  });

  it.each<[string, ReplayAnswer, string]>([
    ['a running one', { body: { id: ID, status: 'cancelled' } }, 'stopped'],
    ['one that was quicker', { body: { id: ID, status: 'completed' } }, 'too-late'],
    [
      'a finished one',
      { status: 400, body: { error: { code: 'failed_precondition', message: 'done' } } },
      'too-late',
    ],
  ])('is cancelled: %s', async (_, answer, outcome) => {
    vendor.answer(answer);

    expect(await gemini.cancel?.(HANDLE, vendor.context())).toBe(outcome);
    expect(vendor.requests).toMatchObject([
      {
        method: 'POST',
        path: `/v1beta/interactions/${ID}/cancel`,
        headers: { 'content-type': 'application/json', 'content-length': '0' },
      },
    ]);
  });

  it.each<[string, ReplayAnswer, object]>([
    ['broke down', { status: 500, body: {} }, { retryable: true }],
    ['knows another key', badKey, { taskError: 'MODEL_UNAVAILABLE' }],
  ])('does not pretend to have been cancelled where the vendor %s', async (_, answer, verdict) => {
    vendor.answer(answer);
    const cancelling = gemini.cancel?.(HANDLE, vendor.context()) ?? Promise.resolve();

    expect(await providerErrorOf(cancelling)).toMatchObject(verdict);
  });

  it('has an id that cannot leave its place in the path', async () => {
    vendor.answer(completed);

    await gemini.check?.({ interaction: '../files/x?key=1' }, vendor.context());

    expect(paths()).toEqual(['GET /v1beta/interactions/..%2Ffiles%2Fx%3Fkey%3D1']);
  });
});

describe('the hook of an interaction', () => {
  it.each([
    ['thin, as documented', hook.body],
    [
      'with the interaction inside',
      { type: 'interaction.failed', data: { interaction: { id: ID } } },
    ],
    ['flat', { interaction_id: ID }],
    ['an event around it', { id: 'evt_1', interaction: { id: ID, status: 'completed' } }],
    ['the interaction itself', completed.body],
  ])('tells its id: %s', (_, body) => {
    expect(gemini.readHook?.(body)).toEqual({ interaction: ID });
  });

  it.each([
    ['nothing', undefined],
    ['a text', ID],
    ['a list', [hook.body]],
    ['an event id alone', { id: 'evt_1', type: 'interaction.completed' }],
    ['an id with a path of its own', { data: { id: 'v1_a/../b' } }],
    ['an id without end', { data: { id: `v1_${'a'.repeat(2000)}` } }],
  ])('makes nothing of %s', (_, body) => {
    expect(gemini.readHook?.(body)).toBeNull();
  });
});
