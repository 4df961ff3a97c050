import { describeProvider } from '../testing/describe-provider.js';
import type { ErrorCase } from '../testing/failure.js';
import imageLinks from './fixtures/image-links.json' with { type: 'json' };
import completed from './fixtures/video-completed.json' with { type: 'json' };
import moderated from './fixtures/video-moderated.json' with { type: 'json' };
import queued from './fixtures/video-queued.json' with { type: 'json' };
import { compatibleImageModel } from './image-model.js';
import { openaiCompatible } from './openai-compatible.provider.js';
import { compatibleVideoModel } from './video-model.js';

const named = (id: string) => ({ id, vendorModel: id, namedBy: 'OPENAI_COMPATIBLE_MODELS' });
const error = (status: number, fault: object) => ({ status, body: { error: fault } });

const refusals: readonly ErrorCase[] = [
  {
    name: 'wrong key',
    answer: error(401, { code: 'invalid_api_key' }),
    verdict: { accepted: 'no', retryable: false, taskError: 'MODEL_UNAVAILABLE' },
  },
  {
    name: 'no quota left',
    answer: error(429, { code: 'insufficient_quota' }),
    verdict: { accepted: 'no', retryable: false, taskError: 'MODEL_UNAVAILABLE' },
  },
  {
    name: 'no such model',
    answer: error(404, { code: 'model_not_found' }),
    verdict: { accepted: 'no', retryable: false, taskError: 'MODEL_UNAVAILABLE' },
  },
  {
    name: 'moderated',
    answer: error(400, { code: 'moderation_blocked' }),
    verdict: { accepted: 'no', retryable: false, taskError: 'CONTENT_REJECTED' },
  },
  {
    name: 'bad parameter, in words alone',
    answer: { status: 400, body: { error: 'size is not supported' } },
    verdict: { accepted: 'no', retryable: false, taskError: 'TASK_FAILED' },
  },
  {
    name: 'a page of a proxy',
    answer: { status: 413, body: '<html>' },
    verdict: { accepted: 'no', retryable: false, taskError: 'TASK_FAILED' },
  },
];

const inState = (status: string, more: object = {}) => ({
  body: { ...queued.body, status, ...more },
});

describeProvider(openaiCompatible, [
  {
    name: 'a picture',
    model: compatibleImageModel(named('any-image')),
    input: { prompt: 'a cat', n: 2 },
    basePath: '/v1',
    taken: imageLinks,
    refusals,
    unreadable: [{ body: { data: [] } }, { body: { data: [{ revised_prompt: 'x' }] } }],
  },
  {
    name: 'an edit',
    model: compatibleImageModel(named('any-image')),
    input: { prompt: 'a hat', image_urls: ['https://example.com/a.png'] },
    basePath: '/v1',
    taken: imageLinks,
    refusals,
    unreadable: [{ body: { data: [] } }],
  },
  {
    name: 'a film',
    model: compatibleVideoModel(named('sora-2')),
    input: { prompt: 'a paper boat', first_frame_url: 'https://example.com/a.png' },
    basePath: '/v1',
    taken: queued,
    refusals,
    unreadable: [{ body: { object: 'video', status: 'queued' } }],
    looks: {
      running: ['queued', 'in_progress', 'warming_up'].map((status) => inState(status)),
      done: [completed, { body: 'the film' }],
      failed: [
        { answer: moderated, code: 'CONTENT_REJECTED' },
        { answer: inState('failed', { error: { code: 'server_error' } }), code: 'TASK_FAILED' },
        { answer: inState('failed'), code: 'TASK_FAILED' },
        { answer: inState('canceled'), code: 'TASK_FAILED' },
        { answer: inState('expired'), code: 'TASK_FAILED' },
      ],
    },
  },
]);
