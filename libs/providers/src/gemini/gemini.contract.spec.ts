import type { ErrorCase } from '../testing/failure.js';
import { describeProvider } from '../testing/describe-provider.js';
import { gemini } from './gemini.provider.js';
import { geminiImageModels } from './gemini-image.models.js';
import { omniModels } from './omni.models.js';
import { veoPreviewModels } from './veo-preview.models.js';
import badKey from './fixtures/bad-key.json' with { type: 'json' };
import dailyQuota from './fixtures/daily-quota.json' with { type: 'json' };
import blocked from './fixtures/interaction-blocked.json' with { type: 'json' };
import completed from './fixtures/interaction-completed.json' with { type: 'json' };
import created from './fixtures/interaction-created.json' with { type: 'json' };
import pictureRefused from './fixtures/picture-refused.json' with { type: 'json' };
import picture from './fixtures/picture.json' with { type: 'json' };
import promptBlocked from './fixtures/prompt-blocked.json' with { type: 'json' };
import throttled from './fixtures/throttled.json' with { type: 'json' };
import veoCreated from './fixtures/veo-created.json' with { type: 'json' };
import veoFiltered from './fixtures/veo-filtered.json' with { type: 'json' };

const [omni] = omniModels;
const [pro] = geminiImageModels;
const [veo] = veoPreviewModels;
if (!omni || !pro || !veo) throw new Error('no model');

const FILM = Buffer.from('a film').toString('base64');
const content = { accepted: 'no', retryable: false, taskError: 'CONTENT_REJECTED' } as const;
const account = { accepted: 'no', retryable: false, taskError: 'MODEL_UNAVAILABLE' } as const;
const request = { accepted: 'no', retryable: false, taskError: 'TASK_FAILED' } as const;
const unknown = { accepted: 'unknown', retryable: true } as const;

const word = (code: string, status: number) => ({
  status,
  body: { error: { code, message: '-' } },
});
const rpc = (code: number, status: string, message = '-') => ({
  status: code,
  body: { error: { code, status, message } },
});

const keyAndQuota: readonly ErrorCase[] = [
  { name: 'a bad key', answer: badKey, verdict: { ...account, providerCode: 'API_KEY_INVALID' } },
  {
    name: 'a minute used up',
    answer: throttled,
    verdict: { accepted: 'no', retryable: true, retryAfterMs: 12_500 },
  },
  { name: 'a day used up', answer: dailyQuota, verdict: account },
  { name: 'no billing, or a region', answer: rpc(400, 'FAILED_PRECONDITION'), verdict: account },
  { name: 'no access', answer: rpc(403, 'PERMISSION_DENIED'), verdict: account },
  { name: 'no key', answer: rpc(401, 'UNAUTHENTICATED'), verdict: account },
  { name: 'a retired model', answer: rpc(404, 'NOT_FOUND'), verdict: account },
  { name: 'a bad field', answer: rpc(400, 'INVALID_ARGUMENT'), verdict: request },
  {
    name: 'a prompt against the rules',
    answer: rpc(400, 'INVALID_ARGUMENT', 'The prompt violates our Prohibited Use policy'),
    verdict: content,
  },
  { name: 'a call given up', answer: rpc(499, 'CANCELLED'), verdict: unknown },
  { name: 'overload', answer: rpc(503, 'UNAVAILABLE'), verdict: unknown },
  { name: 'a time-out there', answer: rpc(504, 'DEADLINE_EXCEEDED'), verdict: unknown },
];

const words: readonly ErrorCase[] = (
  [
    ['invalid_request', 400, request],
    ['parameter_unknown', 400, request],
    ['out_of_range', 416, request],
    ['failed_precondition', 400, account],
    ['authentication', 401, account],
    ['payment_required', 402, account],
    ['permission_denied', 403, account],
    ['not_found', 404, account],
    ['model_not_found', 404, account],
    ['quota_exceeded', 429, account],
    ['rate_limit_exceeded', 429, { accepted: 'no', retryable: true }],
    ['image_safety', 400, content],
    ['content_blocked', 400, content],
    ['cancelled', 499, unknown],
    ['internal', 500, unknown],
  ] as const
).map(([code, status, verdict]) => ({
  name: code,
  answer: word(code, status),
  verdict: { ...verdict, providerCode: code },
}));

const inState = (status: string) => ({ body: { ...created.body, status } });
const operation = (rest: object) => ({ body: { ...veoCreated.body, ...rest } });

describeProvider(gemini, [
  {
    name: 'an interaction in the background',
    model: omni,
    input: {
      prompt: 'a cat',
      first_frame_url: 'https://example.com/a.png',
      reference_image_urls: ['https://example.com/b.png'],
    },
    taken: created,
    refusals: [
      ...keyAndQuota,
      ...words,
      {
        name: 'a prompt against the rules, by its sentence alone',
        answer: {
          status: 400,
          body: {
            error: { code: 'invalid_request', message: 'It violates our usage guidelines.' },
          },
        },
        verdict: content,
      },
    ],
    unreadable: [{ body: { status: 'queued' } }],
    looks: {
      running: ['queued', 'in_progress', 'reheating'].map(inState),
      done: completed,
      failed: [
        { answer: blocked, code: 'CONTENT_REJECTED' },
        ...[
          'failed',
          'cancelled',
          'incomplete',
          'budget_exceeded',
          'requires_action',
          'requires_continuation',
        ].map((status) => ({ answer: inState(status), code: 'TASK_FAILED' })),
      ],
    },
  },
  {
    name: 'a picture in the answer',
    model: pro,
    input: { prompt: 'a cat', image_urls: ['https://example.com/a.png'] },
    taken: picture,
    refusals: [
      ...keyAndQuota,
      {
        name: 'a picture withheld',
        answer: pictureRefused,
        verdict: { ...content, providerCode: 'IMAGE_SAFETY' },
      },
      {
        name: 'a prompt refused',
        answer: promptBlocked,
        verdict: { ...content, providerCode: 'PROHIBITED_CONTENT' },
      },
      ...['SAFETY', 'PROHIBITED_CONTENT', 'IMAGE_PROHIBITED_CONTENT', 'NO_IMAGE'].map((reason) => ({
        name: reason,
        answer: { body: { candidates: [{ finishReason: reason }] } },
        verdict: { ...content, providerCode: reason },
      })),
      {
        name: 'words instead of a picture',
        answer: {
          body: {
            candidates: [{ content: { parts: [{ text: 'I cannot' }] }, finishReason: 'STOP' }],
          },
        },
        verdict: { ...request, providerCode: 'STOP' },
      },
    ],
    unreadable: [{ body: { candidates: [] } }, { body: { candidates: [{ content: {} }] } }],
  },
  {
    name: 'an operation of the legacy surface',
    model: veo,
    input: { prompt: 'a cat', first_frame_url: 'https://example.com/a.png' },
    taken: veoCreated,
    refusals: keyAndQuota,
    unreadable: [{ body: { name: '../../v1/files' } }, { body: { name: 'op' } }],
    looks: {
      running: [operation({}), operation({ done: false }), operation({ metadata: {} })],
      done: operation({
        done: true,
        response: {
          generateVideoResponse: { generatedSamples: [{ video: { encodedVideo: FILM } }] },
        },
      }),
      failed: [
        { answer: veoFiltered, code: 'CONTENT_REJECTED' },
        { answer: operation({ done: true, response: {} }), code: 'CONTENT_REJECTED' },
        {
          answer: operation({ done: true, error: { code: 3, message: 'usage guidelines' } }),
          code: 'CONTENT_REJECTED',
        },
        {
          answer: operation({ done: true, error: { code: 13, message: 'internal' } }),
          code: 'TASK_FAILED',
        },
      ],
    },
  },
]);
