import { describeProvider } from '../testing/describe-provider.js';
import type { ErrorCase } from '../testing/failure.js';
import edited from './fixtures/edited.json' with { type: 'json' };
import generated from './fixtures/generated.json' with { type: 'json' };
import moderated from './fixtures/moderated.json' with { type: 'json' };
import throttled from './fixtures/throttled.json' with { type: 'json' };
import wrongKey from './fixtures/wrong-key.json' with { type: 'json' };
import { openaiModels } from './openai.models.js';
import { openai } from './openai.provider.js';

const [model] = openaiModels;
if (!model) throw new Error('no model');

const ACCOUNT = { accepted: 'no', retryable: false, taskError: 'MODEL_UNAVAILABLE' } as const;
const CONTENT = { accepted: 'no', retryable: false, taskError: 'CONTENT_REJECTED' } as const;
const REQUEST = { accepted: 'no', retryable: false, taskError: 'TASK_FAILED' } as const;

const error = (status: number, fault: object) => ({ status, body: { error: fault } });

const refusals: readonly ErrorCase[] = [
  {
    name: 'throttled, with the exact wait',
    answer: throttled,
    verdict: {
      accepted: 'no',
      retryable: true,
      retryAfterMs: 19_500,
      providerCode: 'rate_limit_exceeded',
    },
  },
  {
    name: 'no quota left',
    answer: error(429, { type: 'insufficient_quota', code: 'insufficient_quota' }),
    verdict: { ...ACCOUNT, providerCode: 'insufficient_quota' },
  },
  {
    name: 'no quota left, told by the type alone',
    answer: error(429, { type: 'insufficient_quota', code: null }),
    verdict: ACCOUNT,
  },
  { name: 'wrong key', answer: wrongKey, verdict: ACCOUNT },
  {
    name: 'organisation not verified',
    answer: error(403, { message: 'Your organization must be verified', code: null }),
    verdict: ACCOUNT,
  },
  {
    name: 'country not served',
    answer: error(403, { code: 'unsupported_country_region_territory' }),
    verdict: ACCOUNT,
  },
  {
    name: 'no such model',
    answer: error(404, { code: 'model_not_found' }),
    verdict: { ...ACCOUNT, providerCode: 'model_not_found' },
  },
  { name: 'moderated', answer: moderated, verdict: CONTENT },
  {
    name: 'moderated, told by the type alone',
    answer: error(400, { type: 'image_generation_user_error', code: null }),
    verdict: CONTENT,
  },
  {
    name: 'moderated, in the older word',
    answer: error(400, { type: 'invalid_request_error', code: 'content_policy_violation' }),
    verdict: CONTENT,
  },
  {
    name: 'billing limit',
    answer: error(400, { code: 'billing_hard_limit_reached' }),
    verdict: ACCOUNT,
  },
  {
    name: 'bad parameter',
    answer: error(400, { message: 'Invalid size', code: 'invalid_value' }),
    verdict: REQUEST,
  },
  {
    name: 'unknown parameter',
    answer: error(400, { code: 'unknown_parameter', param: 'seed' }),
    verdict: REQUEST,
  },
  { name: 'too large', answer: { status: 413, body: '<html>too large' }, verdict: REQUEST },
  { name: 'a file it cannot read', answer: error(422, { code: null }), verdict: REQUEST },
];

const unreadable = [{ body: { data: [] } }, { body: { data: [{}] } }, { body: { data: 'x' } }];

describeProvider(openai, [
  {
    name: 'a generation',
    model,
    input: { prompt: 'a cat', n: 2 },
    basePath: '/v1',
    taken: generated,
    refusals,
    unreadable,
  },
  {
    name: 'an edit',
    model,
    input: {
      prompt: 'a hat on it',
      image_urls: ['https://example.com/a.png', 'https://example.com/b.png'],
      mask_url: 'https://example.com/m.png',
    },
    basePath: '/v1',
    taken: edited,
    refusals,
    unreadable,
  },
]);
