import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../provider.js';
import { type ErrorCase, providerErrorOf } from '../testing/failure.js';
import { ReplayServer, TEST_KEY } from '../testing/replay-server.js';
import { validateInput } from '../validate-input.js';
import created from './fixtures/created.json' with { type: 'json' };
import done from './fixtures/done.json' with { type: 'json' };
import filtered from './fixtures/filtered.json' with { type: 'json' };
import throttled from './fixtures/throttled.json' with { type: 'json' };
import { veoModels } from './veo.models.js';
import { vertex } from './vertex.provider.js';

const [veo, fast] = veoModels as [(typeof veoModels)[0], (typeof veoModels)[0]];
const DEFAULTS = {
  sampleCount: 1,
  durationSeconds: 8,
  aspectRatio: '16:9',
  resolution: '720p',
  generateAudio: true,
};
const BODY = { instances: [{ prompt: 'a paper boat' }], parameters: DEFAULTS };
const REQUEST = { model: 'veo-3.1-generate-001', body: BODY };

const PART = {
  raiMediaFilteredCount: 1,
  raiMediaFilteredReasons: ['It may violate the usage guidelines. Support codes: 58061214'],
};

const rpc = (code: number, status: string, message: string, details: unknown[] = []) => ({
  status: code,
  body: { error: { code, status, message, details } },
});

describe('prepare', () => {
  it.each<[string, JsonObject, JsonObject, number, number]>([
    ['says every default', {}, {}, 8, 3_200_000_000],
    ['aspect_ratio', { aspect_ratio: '9:16' }, { aspectRatio: '9:16' }, 8, 3_200_000_000],
    ['resolution', { resolution: '4k' }, { resolution: '4k' }, 8, 4_800_000_000],
    ['duration', { duration: 4 }, { durationSeconds: 4 }, 4, 1_600_000_000],
    ['generate_audio', { generate_audio: false }, { generateAudio: false }, 8, 1_600_000_000],
    ['n is sampleCount', { n: 4 }, { sampleCount: 4 }, 32, 12_800_000_000],
    ['negative_prompt', { negative_prompt: 'rain' }, { negativePrompt: 'rain' }, 8, 3_200_000_000],
    ['seed', { seed: 4_294_967_295 }, { seed: 4_294_967_295 }, 8, 3_200_000_000],
  ])('%s', (_, input, expected, quantity, costNanoUsd) => {
    const whole = { prompt: 'a paper boat', ...input };

    const prepared = vertex.prepare(whole, veo);

    expect(validateInput(veo, whole)).toEqual([]);
    expect(prepared).toEqual({
      ok: true,
      request: { ...REQUEST, body: { ...BODY, parameters: { ...DEFAULTS, ...expected } } },
      estimate: { unit: 'second', quantity, costNanoUsd },
    });
  });

  it('prices each model by its own row', () => {
    const input = { prompt: 'a paper boat', resolution: '1080p', duration: 4 };

    expect(vertex.prepare(input, fast)).toMatchObject({ estimate: { costNanoUsd: 480_000_000 } });
  });

  it.each<[JsonObject, string]>([
    [{ aspect_ratio: '1:1' }, 'input.aspect_ratio'],
    [{ duration: 5 }, 'input.duration'],
    [{ resolution: '480p' }, 'input.resolution'],
  ])('refuses %o by schema', (input, path) => {
    expect(validateInput(veo, { prompt: 'a paper boat', ...input })).toMatchObject([{ path }]);
  });
});

describe('an operation', () => {
  let vendor: ReplayServer;
  beforeAll(async () => {
    vendor = await ReplayServer.start();
  });
  beforeEach(() => vendor.reset());
  afterAll(async () => await vendor.close());
  const context = () => vendor.context({ settings: { project: 'p1', location: 'us-central1' } });
  const submit = async () => await vertex.submit(REQUEST, context());
  const models = '/v1/projects/p1/locations/us-central1/publishers/google/models';
  const handle = {
    operation: created.body.name,
    model: 'veo-3.1-generate-001',
    films: 1,
    seconds: 8,
    costNanoUsdPerFilm: 3_200_000_000,
  };
  const check = async () => await vertex.check?.(handle, context());

  it('is started at the path of project, location and model', async () => {
    vendor.answer(created);

    const submitted = await submit();

    expect(vendor.requests).toHaveLength(1);
    expect(vendor.requests[0]).toMatchObject({
      method: 'POST',
      path: `${models}/veo-3.1-generate-001:predictLongRunning`,
      headers: { authorization: `Bearer ${TEST_KEY}` },
    });
    expect(vendor.requests[0]?.body).toEqual(BODY);
    expect(submitted).toEqual({ state: 'accepted', handle, vendorId: 'op-123' });
  });

  it('is asked for by a POST that names it', async () => {
    vendor.answer({ body: { name: handle.operation } });

    const checked = await check();

    expect(checked).toEqual({ state: 'running' });
    expect(vendor.requests[0]).toMatchObject({
      method: 'POST',
      path: `${models}/veo-3.1-generate-001:fetchPredictOperation`,
      body: { operationName: handle.operation },
    });
  });

  it('ends in the bytes of the films, each charged', async () => {
    const [video] = done.body.response.videos;
    vendor.answer({ body: { ...done.body, response: { videos: [video, video] } } });

    const bytes = Buffer.from(video?.bytesBase64Encoded ?? '', 'base64');
    expect(await check()).toEqual({
      state: 'done',
      outputs: [
        { from: 'bytes', bytes },
        { from: 'bytes', bytes },
      ],
      usage: { unit: 'second', quantity: 16, costNanoUsd: 6_400_000_000, isEstimated: true },
    });
  });

  it('charges what came, and tells what the filter withheld and what is missing', async () => {
    const response = { ...done.body.response, ...PART };
    vendor.answer({ body: { ...done.body, response } });

    const checked = await vertex.check?.({ ...handle, films: 3 }, context());

    expect(checked).toMatchObject({
      state: 'done',
      outputs: [{ from: 'bytes' }],
      usage: { quantity: 8, costNanoUsd: 3_200_000_000 },
      failures: [
        { code: 'CONTENT_REJECTED', message: expect.stringContaining('58061214') },
        { code: 'TASK_FAILED' },
      ],
    });
  });

  it.each([
    ['as far as films are missing', 1, 9, 0],
    ['alone where it is not known how many were asked for', null, 2, 2],
    ['no further than four', null, 1e9, 4],
  ])('believes a count of withheld films %s', async (_, films, count, failures) => {
    const response = { ...done.body.response, raiMediaFilteredCount: count };
    vendor.answer({ body: { ...done.body, response } });

    const checked = await vertex.check?.({ ...handle, films }, context());

    expect(checked).toMatchObject({ state: 'done', outputs: { length: 1 } });
    expect(checked && 'failures' in checked ? checked.failures?.length : 0).toBe(failures);
  });

  it('takes the films that came with their bytes, and charges those in a bucket too', async () => {
    const videos = [...done.body.response.videos, { gcsUri: 'gs://bucket/a.mp4' }];
    vendor.answer({ body: { ...done.body, response: { videos } } });

    expect(await vertex.check?.({ ...handle, films: 2 }, context())).toMatchObject({
      state: 'done',
      outputs: [{ from: 'bytes' }],
      usage: { quantity: 16 },
      failures: [{ code: 'TASK_FAILED', message: expect.stringContaining('gcsUri') }],
    });
  });

  it('fails when the filter withheld every film, with its reasons', async () => {
    vendor.answer(filtered);

    expect(await check()).toMatchObject({
      state: 'failed',
      code: 'CONTENT_REJECTED',
      message: expect.stringContaining('58061214'),
      retryable: false,
    });
  });

  it('fails with a clear message when a film is in a bucket only', async () => {
    const videos = [{ gcsUri: 'gs://bucket/a.mp4', mimeType: 'video/mp4' }];
    vendor.answer({ body: { ...done.body, response: { videos } } });

    expect(await check()).toMatchObject({
      state: 'failed',
      code: 'TASK_FAILED',
      message: expect.stringContaining('gcsUri'),
    });
  });

  it.each([
    [3, 'The prompt violates our usage guidelines.', 'CONTENT_REJECTED', false],
    [3, 'Unsupported value.', 'TASK_FAILED', false],
    [7, 'No permission on project p1.', 'MODEL_UNAVAILABLE', false],
    [9, 'Billing is off.', 'MODEL_UNAVAILABLE', false],
    [8, 'Exhausted.', 'TASK_FAILED', true],
    [13, 'Internal error.', 'TASK_FAILED', true],
    [14, 'Unavailable.', 'TASK_FAILED', true],
  ])('reads the code %i of a failed one: %s', async (number, message, code, retryable) => {
    vendor.answer({ body: { name: 'op', done: true, error: { code: number, message } } });

    expect(await check()).toMatchObject({
      state: 'failed',
      code,
      retryable,
      providerCode: String(number),
    });
  });

  it.each([
    ['throttled', throttled, true],
    ['server error', { status: 503, body: {} }, true],
    ['a page instead of JSON', { body: '<html>' }, true],
    ['done without anything', { body: { name: 'op', done: true, response: {} } }, true],
    ['a cut connection', { hangUp: true }, true],
    ['token refused', { status: 401, body: {} }, false],
  ])('can be asked for again after: %s', async (_, answer, retryable) => {
    vendor.answer(answer);

    expect(await providerErrorOf(check())).toMatchObject({ retryable });
  });

  it("keeps the operator's project to itself", async () => {
    const told = 'Publisher Model `projects/p1/locations/x/models/y` was not found.';
    vendor.answer(rpc(404, 'NOT_FOUND', told), {
      body: { name: 'op', done: true, error: { code: 5, message: told } },
    });

    const error = await providerErrorOf(submit());
    const checked = await check();

    expect(error.message).toContain('projects/[project]/locations');
    expect(checked).toMatchObject({ message: expect.stringContaining('projects/[project]/') });
  });

  const account = { accepted: 'no', retryable: false, taskError: 'MODEL_UNAVAILABLE' } as const;
  const unknown = { accepted: 'unknown', retryable: true } as const;
  const day = {
    '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
    violations: [{ quotaId: 'RequestsPerDay' }],
  };
  it.each<ErrorCase>([
    {
      name: 'throttled, with the wait of RetryInfo',
      answer: throttled,
      verdict: {
        accepted: 'no',
        retryable: true,
        retryAfterMs: 12_000,
        providerCode: 'RESOURCE_EXHAUSTED',
      },
    },
    {
      name: 'the day is used up',
      answer: rpc(429, 'RESOURCE_EXHAUSTED', 'Quota', [day]),
      verdict: account,
    },
    { name: 'token refused', answer: rpc(401, 'UNAUTHENTICATED', 'Bad token'), verdict: account },
    { name: 'no permission', answer: rpc(403, 'PERMISSION_DENIED', 'No'), verdict: account },
    { name: 'retired model', answer: rpc(404, 'NOT_FOUND', 'Gone'), verdict: account },
    { name: 'billing off', answer: rpc(400, 'FAILED_PRECONDITION', 'Billing'), verdict: account },
    {
      name: 'refused prompt',
      answer: rpc(
        400,
        'INVALID_ARGUMENT',
        'The prompt contains sensitive words that violate Responsible AI practices.',
      ),
      verdict: { accepted: 'no', retryable: false, taskError: 'CONTENT_REJECTED' },
    },
    {
      name: 'bad parameter',
      answer: rpc(400, 'INVALID_ARGUMENT', 'Unsupported duration'),
      verdict: { accepted: 'no', retryable: false, taskError: 'TASK_FAILED' },
    },
    { name: 'canceled call', answer: rpc(499, 'CANCELLED', 'Canceled'), verdict: unknown },
    { name: 'overloaded', answer: rpc(503, 'UNAVAILABLE', 'Overloaded'), verdict: unknown },
    { name: 'a page instead of JSON', answer: { body: '<html>' }, verdict: unknown },
    { name: 'no name', answer: { body: {} }, verdict: unknown },
    { name: 'a cut connection', answer: { hangUp: true }, verdict: unknown },
  ])('is judged when the start fails: $name', async ({ answer, verdict }) => {
    vendor.answer(answer);

    expect(await providerErrorOf(submit())).toMatchObject(verdict);
  });
});
