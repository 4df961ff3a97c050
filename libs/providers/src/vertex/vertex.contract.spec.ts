import { describeProvider } from '../testing/describe-provider.js';
import type { ErrorCase } from '../testing/failure.js';
import created from './fixtures/created.json' with { type: 'json' };
import daily from './fixtures/daily-quota.json' with { type: 'json' };
import done from './fixtures/done.json' with { type: 'json' };
import filtered from './fixtures/filtered.json' with { type: 'json' };
import partly from './fixtures/partly-filtered.json' with { type: 'json' };
import throttled from './fixtures/throttled.json' with { type: 'json' };
import { veoModels } from './veo.models.js';
import { vertex } from './vertex.provider.js';

function modelOf(id: string) {
  const model = veoModels.find((known) => known.id === id);
  if (!model) throw new Error(`no model ${id}`);
  return model;
}

const rpc = (status: number, code: string, message: string, details: unknown[] = []) => ({
  status,
  body: { error: { code: status, status: code, message, details } },
});
const info = (reason: string) => ({
  '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
  reason,
  domain: 'googleapis.com',
});
const failedWith = (code: number, message: string) => ({
  body: { name: created.body.name, done: true, error: { code, message } },
});

const account = { accepted: 'no', retryable: false, taskError: 'MODEL_UNAVAILABLE' } as const;
const request = { accepted: 'no', retryable: false, taskError: 'TASK_FAILED' } as const;
const unknown = { accepted: 'unknown', retryable: true } as const;

const refusals: readonly ErrorCase[] = [
  {
    name: 'a bad argument',
    answer: rpc(400, 'INVALID_ARGUMENT', 'durationSeconds must be one of 4, 6, 8.'),
    verdict: { ...request, providerCode: 'INVALID_ARGUMENT' },
  },
  {
    name: 'a prompt that its filter refuses',
    answer: rpc(
      400,
      'INVALID_ARGUMENT',
      'The prompt could not be submitted. It contains sensitive words that violate Google’s Responsible AI practices.',
    ),
    verdict: { accepted: 'no', retryable: false, taskError: 'CONTENT_REJECTED' },
  },
  {
    name: 'a key that is none',
    answer: rpc(400, 'INVALID_ARGUMENT', 'API key not valid.', [info('API_KEY_INVALID')]),
    verdict: account,
  },
  {
    name: 'billing switched off',
    answer: rpc(400, 'FAILED_PRECONDITION', 'Billing is disabled.'),
    verdict: { ...account, providerCode: 'FAILED_PRECONDITION' },
  },
  {
    name: 'a token that has died',
    answer: rpc(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.'),
    verdict: account,
  },
  {
    name: 'an API that is not switched on',
    answer: rpc(403, 'PERMISSION_DENIED', 'Not enabled.', [info('SERVICE_DISABLED')]),
    verdict: account,
  },
  {
    name: 'a retired model',
    answer: rpc(404, 'NOT_FOUND', 'Publisher Model `veo-3.0` was not found.'),
    verdict: account,
  },
  {
    name: 'a used-up minute',
    answer: throttled,
    verdict: {
      accepted: 'no',
      retryable: true,
      retryAfterMs: 12_000,
      providerCode: 'RESOURCE_EXHAUSTED',
    },
  },
  { name: 'a used-up day', answer: daily, verdict: account },
  {
    name: 'a call that was cancelled',
    answer: rpc(499, 'CANCELLED', 'Cancelled.'),
    verdict: unknown,
  },
  { name: 'an internal error', answer: rpc(500, 'INTERNAL', 'Internal.'), verdict: unknown },
  { name: 'an overload', answer: rpc(503, 'UNAVAILABLE', 'Overloaded.'), verdict: unknown },
  { name: 'a deadline', answer: rpc(504, 'DEADLINE_EXCEEDED', 'Late.'), verdict: unknown },
];

describeProvider(
  vertex,
  [
    { model: modelOf('veo-3-1'), input: { prompt: 'a paper boat', n: 2 }, name: 'films of text' },
    {
      model: modelOf('veo-3-1-lite'),
      input: {
        prompt: 'a paper boat',
        first_frame_url: 'https://example.com/a.png',
        last_frame_url: 'https://example.com/b.png',
      },
      name: 'a film between two frames',
    },
    {
      model: modelOf('veo-3-1-fast'),
      input: {
        prompt: 'a paper boat',
        reference_image_urls: ['https://example.com/a.png', 'https://example.com/b.png'],
      },
      name: 'a film of what pictures show',
    },
  ].map((protocol) => ({
    ...protocol,
    settings: { project: 'p1', location: 'us-central1' },
    taken: created,
    refusals,
    unreadable: [{ body: { name: '' } }, { body: { name: 7 } }, { body: { done: false } }],
    looks: {
      running: [
        { body: { name: created.body.name } },
        { body: { name: created.body.name, done: false } },
        { body: { name: created.body.name, metadata: { state: 'DREAMING' } } },
      ],
      done: partly,
      failed: [
        { answer: filtered, code: 'CONTENT_REJECTED' },
        { answer: failedWith(3, 'It violates the usage guidelines.'), code: 'CONTENT_REJECTED' },
        { answer: failedWith(3, 'Unsupported value.'), code: 'TASK_FAILED' },
        { answer: failedWith(7, 'Permission denied.'), code: 'MODEL_UNAVAILABLE' },
        { answer: failedWith(8, 'Exhausted.'), code: 'TASK_FAILED' },
        { answer: failedWith(9, 'Billing is off.'), code: 'MODEL_UNAVAILABLE' },
        { answer: failedWith(13, 'Internal.'), code: 'TASK_FAILED' },
        { answer: failedWith(14, 'Unavailable.'), code: 'TASK_FAILED' },
        { answer: { body: { ...done.body, response: undefined, error: {} } }, code: 'TASK_FAILED' },
        {
          answer: {
            body: { ...done.body, response: { videos: [{ gcsUri: 'gs://bucket/a.mp4' }] } },
          },
          code: 'TASK_FAILED',
        },
      ],
    },
  })),
);
