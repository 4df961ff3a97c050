import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JsonObject } from '../provider.js';
import { providerErrorOf } from '../testing/failure.js';
import { ReplayServer } from '../testing/replay-server.js';
import { checkTask } from './check-task.js';
import failed from './fixtures/task-failed.json' with { type: 'json' };
import pictures from './fixtures/pictures-succeeded.json' with { type: 'json' };
import succeeded from './fixtures/task-succeeded.json' with { type: 'json' };
import throttled from './fixtures/throttled.json' with { type: 'json' };

const { task_id: taskId } = succeeded.body.output;
const FILM = { taskId, model: 'happyhorse-1.0-t2v', resolution: '1080P', duration: 5 };
const PICTURE = { taskId, model: 'qwen-image-plus', size: '1328*1328' };

describe('a look at a task', () => {
  let vendor: ReplayServer;
  beforeAll(async () => {
    vendor = await ReplayServer.start();
  });
  beforeEach(() => vendor.reset());
  afterEach(() => {
    vi.useRealTimers();
  });
  afterAll(async () => await vendor.close());
  const check = async (handle: JsonObject = FILM) => await checkTask(handle, vendor.context());

  it('finds a film whose link lives a day, charged by the seconds and lines that were made', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_790_000_000_000 });
    vendor.answer(succeeded);

    const checked = await check();

    expect(vendor.requests[0]).toMatchObject({ method: 'GET', path: `/tasks/${taskId}` });
    expect(checked).toEqual({
      state: 'done',
      outputs: [
        { from: 'url', url: succeeded.body.output.video_url, expiresAt: 1_790_086_400_000 },
      ],
      usage: { unit: 'second', quantity: 5, costNanoUsd: 700_000_000 },
    });
  });

  it('charges a film that went in too, by what the vendor counts', async () => {
    const usage = {
      duration: 13.24,
      input_video_duration: 6.62,
      output_video_duration: 6.62,
      SR: 720,
    };
    vendor.answer({ body: { ...succeeded.body, usage } });

    expect(await check({ ...FILM, model: 'happyhorse-1.0-video-edit' })).toMatchObject({
      usage: { unit: 'second', quantity: 13.24, costNanoUsd: 1_853_600_000 },
    });
  });

  it.each<[string, JsonObject, number | null]>([
    ['by what was asked for where the answer says nothing', FILM, 1_200_000_000],
    ['by no price where the model has none', { ...FILM, model: 'wan3.0-video' }, null],
    ['by no price where nobody knows how long it is', { taskId, model: FILM.model }, null],
  ])('charges a film %s', async (_, handle, costNanoUsd) => {
    vendor.answer({ body: { output: succeeded.body.output } });

    expect(await check(handle)).toMatchObject({ usage: { costNanoUsd } });
  });

  it('finds pictures, and what became of those that are missing', async () => {
    vendor.answer(pictures);

    expect(await check(PICTURE)).toMatchObject({
      state: 'done',
      outputs: [{ from: 'url', url: pictures.body.output.results[0]?.url }],
      usage: { unit: 'image', quantity: 1, costNanoUsd: 30_000_000 },
      failures: [{ code: 'TASK_FAILED', providerCode: 'InternalError.Timeout' }],
    });
  });

  it('finds the pictures of the newer endpoint, which come as choices', async () => {
    const choices = [{ message: { content: [{ image: 'https://a' }, { image: 'https://b' }] } }];
    vendor.answer({ body: { output: { task_status: 'SUCCEEDED', choices } } });

    expect(await check(PICTURE)).toMatchObject({
      outputs: [{ url: 'https://a' }, { url: 'https://b' }],
      usage: { quantity: 2, costNanoUsd: 60_000_000 },
    });
  });

  it('fails where every picture did', async () => {
    const results = [{ code: 'DataInspectionFailed', message: 'no' }];
    vendor.answer({ body: { output: { task_status: 'SUCCEEDED', results } } });

    expect(await check(PICTURE)).toMatchObject({ state: 'failed', code: 'CONTENT_REJECTED' });
  });

  it('charges nothing in dollars at a host with a list of its own', async () => {
    vendor.answer(succeeded);
    const { http, ...rest } = vendor.context();
    const inBeijing = {
      ...rest,
      baseUrl: 'https://dashscope.aliyuncs.com/api/v1',
      http: Object.assign(http, {
        request: async () => ({ status: 200, headers: {}, data: succeeded.body }),
      }),
    };

    expect(await checkTask(FILM, inBeijing)).toMatchObject({
      usage: { unit: 'second', quantity: 5, costNanoUsd: null },
    });
  });

  it.each(['PENDING', 'RUNNING', 'SUSPENDED', 'SOMETHING_NEW'])(
    'counts %s as running',
    async (status) => {
      vendor.answer({ body: { output: { task_id: taskId, task_status: status } } });

      expect(await check()).toEqual({ state: 'running' });
    },
  );

  it('tells UNKNOWN as a job that is not found, so that only a lasting one is given up', async () => {
    vendor.answer({ body: { output: { task_id: taskId, task_status: 'UNKNOWN' } } });

    expect(await providerErrorOf(check())).toMatchObject({ status: 404, retryable: true });
  });

  it('fails with the moderation when that was the reason', async () => {
    vendor.answer(failed);

    expect(await check()).toEqual({
      state: 'failed',
      code: 'CONTENT_REJECTED',
      message: 'DashScope: Output data may contain inappropriate content.',
      providerCode: 'DataInspectionFailed',
      retryable: false,
    });
  });

  it.each([
    ['InternalError.Timeout', 'told', 'TASK_FAILED', true],
    ['InternalError.Algo', 'told', 'TASK_FAILED', true],
    ['SystemError', 'told', 'TASK_FAILED', true],
    ['Throttling', 'told', 'TASK_FAILED', true],
    ['InvalidParameter', 'told', 'TASK_FAILED', false],
    ['Novelty', 'told', 'TASK_FAILED', false],
    ['InternalError.DataInspection', 'told', 'CONTENT_REJECTED', false],
    ['InvalidParameter.DataInspection', 'told', 'CONTENT_REJECTED', false],
    [
      'InvalidParameter.DataInspection',
      'Unable to download the media.',
      'INPUT_UNAVAILABLE',
      false,
    ],
    ['BadRequest.InputDownloadFailed', 'told', 'INPUT_UNAVAILABLE', false],
    ['Arrearage', 'told', 'MODEL_UNAVAILABLE', false],
  ])('after FAILED by %s (%s) is %s', async (code, message, taskCode, retryable) => {
    vendor.answer({ body: { output: { task_status: 'FAILED', code, message } } });

    expect(await check()).toMatchObject({ state: 'failed', code: taskCode, retryable });
  });

  it('fails when somebody canceled it at the vendor', async () => {
    vendor.answer({ body: { output: { task_status: 'CANCELED' } } });

    expect(await check()).toMatchObject({ state: 'failed', code: 'TASK_FAILED' });
  });

  it.each([
    ['throttled', throttled, true],
    ['server error', { status: 502, body: '<html>' }, true],
    ['success without a result', { body: { output: { task_status: 'SUCCEEDED' } } }, true],
    ['a cut connection', { hangUp: true }, true],
    ['wrong key', { status: 401, body: { code: 'InvalidApiKey' } }, false],
  ])('can be taken again after: %s', async (_, answer, retryable) => {
    vendor.answer(answer);

    expect(await providerErrorOf(check())).toMatchObject({ retryable });
  });
});
