import { describeProvider, type Protocol } from '../testing/describe-provider.js';
import type { ErrorCase } from '../testing/failure.js';
import { bfl } from './bfl.provider.js';
import { fluxModels } from './bfl.models.js';
import created from './fixtures/created.json' with { type: 'json' };
import withWebhook from './fixtures/created-with-webhook.json' with { type: 'json' };
import invalid from './fixtures/invalid.json' with { type: 'json' };
import moderated from './fixtures/moderated.json' with { type: 'json' };
import ready from './fixtures/ready.json' with { type: 'json' };

function modelOf(id: string) {
  const model = fluxModels.find((known) => known.id === id);
  if (!model) throw new Error(`no model ${id}`);
  return model;
}

const inState = (status: string, more: object = {}) => ({
  body: { id: 'x', status, result: null, ...more },
});

const account = { accepted: 'no', retryable: false, taskError: 'MODEL_UNAVAILABLE' } as const;
const request = { accepted: 'no', retryable: false, taskError: 'TASK_FAILED' } as const;
const throttled = { accepted: 'no', retryable: true } as const;

/** Each in the style of the live API (`detail`) and in that of the vendor's guide (`error`, `message`). */
const refusals: readonly ErrorCase[] = [
  {
    name: 'no key',
    answer: { status: 403, body: { detail: 'Not authenticated' } },
    verdict: account,
  },
  {
    name: 'no key, by the guide',
    answer: { status: 401, body: { error: 'unauthorized', message: 'Invalid API key' } },
    verdict: { ...account, providerCode: 'unauthorized' },
  },
  {
    name: 'a malformed key',
    answer: { status: 422, body: { detail: 'Invalid API key format' } },
    verdict: account,
  },
  {
    name: 'no credits',
    answer: { status: 402, body: { detail: 'Insufficient credits' } },
    verdict: account,
  },
  {
    name: 'no credits, by the guide',
    answer: { status: 402, body: { error: 'insufficient_credits', message: 'Add credits' } },
    verdict: { ...account, providerCode: 'insufficient_credits' },
  },
  {
    name: 'no such model',
    answer: { status: 404, body: { detail: 'Not Found' } },
    verdict: account,
  },
  { name: 'a bad field', answer: invalid, verdict: request },
  {
    name: 'a bad field in one sentence',
    answer: { status: 422, body: { detail: 'Image is too large' } },
    verdict: request,
  },
  {
    name: 'a bad field, by the guide',
    answer: { status: 400, body: { error: 'bad_request', message: 'width is too large' } },
    verdict: { ...request, providerCode: 'bad_request' },
  },
  {
    name: 'a prompt that its moderation refuses at once',
    answer: { status: 400, body: { error: 'content_moderated', message: 'Flagged' } },
    verdict: { accepted: 'no', retryable: false, taskError: 'CONTENT_REJECTED' },
  },
  {
    name: 'too many active tasks',
    answer: { status: 429, body: { detail: 'Too many active tasks' } },
    verdict: throttled,
  },
  {
    name: 'too many active tasks, by the guide',
    answer: {
      status: 429,
      body: { error: 'rate_limit_exceeded', message: 'Slow down', retry_after: 5 },
    },
    verdict: { ...throttled, retryAfterMs: 5000, providerCode: 'rate_limit_exceeded' },
  },
  {
    name: 'a cluster that does not answer',
    answer: { status: 502, body: '<html>' },
    verdict: { accepted: 'unknown', retryable: true },
  },
];

const shared: Pick<Protocol, 'refusals' | 'unreadable' | 'looks'> = {
  refusals,
  unreadable: [
    { body: { polling_url: 'https://api.eu2.bfl.ai/v1/get_result?id=1' } },
    { body: { id: '', polling_url: 'https://api.eu2.bfl.ai/v1/get_result?id=1' } },
    { body: { id: 7 } },
  ],
  looks: {
    running: [
      ...['Pending', 'Reasoning', 'Generating', 'Dreaming'].map((status) => inState(status)),
      inState('Pending', { progress: 0.5 }),
      { body: { id: 'x', state: 'Pending' } },
    ],
    done: ready,
    failed: [
      { answer: moderated, code: 'CONTENT_REJECTED' },
      { answer: inState('Content Moderated'), code: 'CONTENT_REJECTED' },
      { answer: inState('Error'), code: 'TASK_FAILED' },
      { answer: inState('Error', { details: { error: 'No GPU' } }), code: 'TASK_FAILED' },
      { answer: inState('Failed'), code: 'TASK_FAILED' },
    ],
  },
};

describeProvider(bfl, [
  {
    name: 'a task with a polling URL',
    model: modelOf('flux-2-pro'),
    input: { prompt: 'a cat' },
    taken: { body: { ...created.body, polling_url: '{origin}/get_result?id=1' } },
    ...shared,
  },
  {
    name: 'a task that is asked for at the general address',
    model: modelOf('flux-fill'),
    input: {
      prompt: 'a red door',
      image_urls: ['https://example.com/a.png'],
      mask_url: 'https://example.com/b.png',
    },
    taken: withWebhook,
    ...shared,
  },
]);
