import type { ErrorCase } from '../testing/failure.js';
import { describeProvider } from '../testing/describe-provider.js';
import { ark } from './ark.provider.js';
import created from './fixtures/created.json' with { type: 'json' };
import failedLate from './fixtures/failed-late.json' with { type: 'json' };
import invalid from './fixtures/invalid.json' with { type: 'json' };
import moderated from './fixtures/moderated.json' with { type: 'json' };
import pictures from './fixtures/pictures.json' with { type: 'json' };
import succeeded from './fixtures/succeeded.json' with { type: 'json' };
import { seedanceModels } from './seedance.models.js';
import { seedreamModels } from './seedream.models.js';

const [seedance] = seedanceModels;
const [seedream] = seedreamModels;
if (!seedance || !seedream) throw new Error('no model');

const error = (status: number, code: string, message = 'Request id: 0217') => ({
  status,
  body: { error: { code, message, param: '', type: 'BadRequest' } },
});
const CONTENT = { accepted: 'no', retryable: false, taskError: 'CONTENT_REJECTED' } as const;
const OURS = { accepted: 'no', retryable: false, taskError: 'MODEL_UNAVAILABLE' } as const;
const LATER = { accepted: 'no', retryable: true } as const;
const THEIRS = { accepted: 'no', retryable: false } as const;

/** https://docs.byteplus.com/en/docs/modelark/error-codes */
const CODES: readonly (readonly [number, string, ErrorCase['verdict']])[] = [
  [400, 'InvalidParameter.duration', THEIRS],
  [400, 'MissingParameter', THEIRS],
  [400, 'MissingParameter.prompt', THEIRS],
  [400, 'InvalidArgumentError.UnknownRole', THEIRS],
  [400, 'InvalidImageURL.InvalidFormat', THEIRS],
  [400, 'OutofContextError', THEIRS],
  [400, 'SomethingNew', THEIRS],
  [400, 'SensitiveContentDetected', CONTENT],
  [400, 'SensitiveContentDetected.SevereViolation', CONTENT],
  [400, 'InputTextSensitiveContentDetected', CONTENT],
  [400, 'InputImageSensitiveContentDetected', CONTENT],
  [400, 'InputImageSensitiveContentDetected.PrivacyInformation', CONTENT],
  [400, 'InputVideoSensitiveContentDetected', CONTENT],
  [400, 'InputAudioSensitiveContentDetected', CONTENT],
  [400, 'OutputImageSensitiveContentDetected', CONTENT],
  [400, 'InvalidEndpoint.ClosedEndpoint', OURS],
  [401, 'AuthenticationError', OURS],
  [401, 'InvalidAccountStatus', OURS],
  [400, 'InvalidSubscription', OURS],
  [403, 'AccountOverdueError', OURS],
  [403, 'AccessDenied', OURS],
  [403, 'OperationDenied.ServiceOverdue', OURS],
  [403, 'OperationDenied.ServiceNotOpen', OURS],
  [403, 'OperationDenied.PermissionDenied', OURS],
  [403, 'OperationDenied.UnsupportedPhase', THEIRS],
  [404, 'ModelNotOpen', OURS],
  [404, 'InvalidEndpointOrModel.NotFound', OURS],
  [404, 'InvalidEndpointOrModel.ModelIDAccessDisabled', OURS],
  [404, 'NotFound.task', OURS],
  [429, 'SetLimitExceeded', OURS],
  [429, 'RateLimitExceeded.EndpointRPMExceeded', LATER],
  [429, 'RateLimitExceeded.EndpointTPMExceeded', LATER],
  [429, 'ModelAccountRpmRateLimitExceeded', LATER],
  [429, 'ModelAccountIpmRateLimitExceeded', LATER],
  [429, 'APIAccountRpmRateLimitExceeded', LATER],
  [429, 'AccountRateLimitExceeded', LATER],
  [429, 'InflightBatchsizeExceeded', LATER],
  [429, 'ServerOverloaded', LATER],
  [429, 'QuotaExceeded', { ...LATER, retryAfterMs: 60_000 }],
  [500, 'InternalServiceError', { accepted: 'unknown', retryable: true }],
  [503, 'ServerOverloaded', { accepted: 'unknown', retryable: true }],
];

const refusals: readonly ErrorCase[] = [
  ...CODES.map(([status, code, verdict]) => ({
    name: `${status} ${code}`,
    answer: error(status, code),
    verdict: { ...verdict, providerCode: code },
  })),
  {
    name: 'a trial that is used up',
    answer: error(429, 'QuotaExceeded', 'Your account [1] has exhausted its free trial quota'),
    verdict: OURS,
  },
  { name: 'the documented example', answer: invalid, verdict: THEIRS },
];

const inState = (status: string) => ({ body: { ...succeeded.body, status, content: null } });
const failedBy = (code: string) => ({
  body: { ...moderated.body, error: { code, message: 'It failed. Request id: 0217' } },
});

describeProvider(ark, [
  {
    name: 'a film as a task',
    model: seedance,
    input: {
      prompt: 'a lighthouse in a storm',
      first_frame_url: 'https://example.com/a.png',
      last_frame_url: 'https://example.com/b.png',
    },
    taken: created,
    refusals,
    unreadable: [{ body: { id: '' } }, { body: { id: 7 } }, { body: { task_id: 'cgt-1' } }],
    looks: {
      running: ['queued', 'running', 'warming_up'].map(inState),
      done: succeeded,
      failed: [
        { answer: moderated, code: 'CONTENT_REJECTED' },
        { answer: failedBy('InputTextSensitiveContentDetected'), code: 'CONTENT_REJECTED' },
        {
          answer: failedBy('InputImageSensitiveContentDetected.PrivacyInformation'),
          code: 'CONTENT_REJECTED',
        },
        { answer: failedLate, code: 'TASK_FAILED' },
        { answer: failedBy('InternalServiceError'), code: 'TASK_FAILED' },
        { answer: inState('failed'), code: 'TASK_FAILED' },
        { answer: inState('cancelled'), code: 'TASK_FAILED' },
        { answer: inState('canceled'), code: 'TASK_FAILED' },
        { answer: inState('expired'), code: 'TASK_FAILED' },
      ],
    },
  },
  {
    name: 'a picture in the answer',
    model: seedream,
    input: { prompt: 'a boat', image_urls: ['https://example.com/a.png'] },
    taken: pictures,
    refusals,
    unreadable: [{ body: { data: [] } }, { body: { data: [{ size: '1x1' }] } }],
  },
]);
