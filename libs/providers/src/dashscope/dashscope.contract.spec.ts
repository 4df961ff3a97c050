import type { Model } from '../model.js';
import type { ErrorCase } from '../testing/failure.js';
import { describeProvider, type Looks, type Protocol } from '../testing/describe-provider.js';
import type { ReplayAnswer } from '../testing/replay-server.js';
import { dashscope } from './dashscope.provider.js';
import created from './fixtures/task-created.json' with { type: 'json' };
import failed from './fixtures/task-failed.json' with { type: 'json' };
import pictures from './fixtures/pictures-succeeded.json' with { type: 'json' };
import qwenImage from './fixtures/qwen-image.json' with { type: 'json' };
import succeeded from './fixtures/task-succeeded.json' with { type: 'json' };

function modelOf(id: string): Model {
  const model = dashscope.models.find((one) => one.id === id);
  if (!model) throw new Error(`no ${id}`);
  return model;
}

const coded = (status: number, code: string, message = 'told'): ReplayAnswer => ({
  status,
  body: { code, message, request_id: 'r-1' },
});

const VERDICTS = {
  account: { accepted: 'no', retryable: false, taskError: 'MODEL_UNAVAILABLE' },
  content: { accepted: 'no', retryable: false, taskError: 'CONTENT_REJECTED' },
  request: { accepted: 'no', retryable: false, taskError: 'TASK_FAILED' },
  throttled: { accepted: 'no', retryable: true },
  slowly: { accepted: 'no', retryable: true, retryAfterMs: 60_000 },
  unknown: { accepted: 'unknown', retryable: true },
} as const;

/** The vendor's table of codes: https://www.alibabacloud.com/help/en/model-studio/error-code */
const TABLE: readonly (readonly [verdict: keyof typeof VERDICTS, status: number, code: string])[] =
  [
    ['request', 400, 'InvalidParameter'],
    ['request', 400, 'InvalidParameter.NotSupportEnableThinking'],
    ['request', 400, 'BadRequest.EmptyInput'],
    ['request', 400, 'InvalidURL'],
    ['request', 400, 'UnsupportedOperation'],
    ['content', 400, 'DataInspectionFailed'],
    ['content', 400, 'InvalidParameter.DataInspection'],
    ['unknown', 500, 'InternalError.DataInspection'],
    ['account', 400, 'Arrearage'],
    ['account', 401, 'InvalidApiKey'],
    ['account', 403, 'AccessDenied'],
    ['account', 403, 'AccessDenied.Unpurchased'],
    ['account', 403, 'Model.AccessDenied'],
    ['account', 403, 'Workspace.AccessDenied'],
    ['account', 403, 'AllocationQuota.FreeTierOnly'],
    ['account', 404, 'ModelNotFound'],
    ['account', 404, 'WorkSpaceNotFound'],
    ['unknown', 408, 'RequestTimeOut'],
    ['request', 413, 'BadRequest.TooLarge'],
    ['request', 415, 'BadRequest.UnsupportedFileFormat'],
    ['request', 415, 'BadRequest.InputDownloadFailed'],
    ['throttled', 429, 'Throttling'],
    ['throttled', 429, 'Throttling.RateQuota'],
    ['throttled', 429, 'Throttling.BurstRate'],
    ['throttled', 429, 'LimitRequests'],
    ['throttled', 429, 'Throttling.ServiceOverloaded'],
    ['throttled', 429, 'ServiceOverloaded'],
    ['slowly', 429, 'Throttling.AllocationQuota'],
    ['account', 429, 'PrepaidBillOverdue'],
    ['account', 429, 'PostpaidBillOverdue'],
    ['account', 429, 'CommodityNotPurchased'],
    ['account', 429, 'BudgetLimitExceeded'],
    ['unknown', 500, 'InternalError'],
    ['unknown', 500, 'InternalError.Algo'],
    ['unknown', 500, 'InternalError.Timeout'],
    ['unknown', 500, 'SystemError'],
    ['unknown', 500, 'ModelServiceFailed'],
    ['unknown', 503, 'ModelUnavailable'],
    ['throttled', 200, 'Throttling'],
    ['account', 200, 'InvalidApiKey'],
    ['unknown', 200, 'InternalError'],
    ['unknown', 200, 'Novelty'],
  ];

const REFUSALS: readonly ErrorCase[] = [
  ...TABLE.map(([verdict, status, code]) => ({
    name: `${code} under ${status}`,
    answer: coded(status, code),
    verdict: VERDICTS[verdict],
  })),
  {
    name: 'a medium that could not be fetched to be inspected',
    answer: coded(
      400,
      'InvalidParameter.DataInspection',
      'Unable to download the media resource during the data inspection process.',
    ),
    verdict: VERDICTS.request,
  },
  {
    name: 'an allocation that says when it is renewed',
    answer: { ...coded(429, 'Throttling.AllocationQuota'), headers: { 'retry-after': '5' } },
    verdict: { ...VERDICTS.throttled, retryAfterMs: 5000 },
  },
];

const inStatus = (status: string): ReplayAnswer => ({
  body: { output: { task_id: '1', task_status: status } },
});

const looks = (done: ReplayAnswer): Looks => ({
  running: ['PENDING', 'RUNNING', 'SUSPENDED', 'WARMING_UP'].map(inStatus),
  done,
  failed: [
    { answer: failed, code: 'CONTENT_REJECTED' },
    { answer: inStatus('FAILED'), code: 'TASK_FAILED' },
    { answer: inStatus('CANCELED'), code: 'TASK_FAILED' },
  ],
});

const task = (
  name: string,
  id: string,
  input: Protocol['input'],
  done: ReplayAnswer,
): Protocol => ({
  name,
  model: modelOf(id),
  input,
  taken: created,
  refusals: REFUSALS,
  unreadable: [{ body: { output: { task_status: 'PENDING' } } }, { body: { output: {} } }],
  looks: looks(done),
});

const PICTURE = 'https://example.com/a.png';

describeProvider(dashscope, [
  {
    name: 'a picture that is answered at once',
    model: modelOf('qwen-image-2-0'),
    input: { prompt: 'a cat', image_urls: [PICTURE] },
    taken: qwenImage,
    refusals: REFUSALS,
    unreadable: [{ body: { output: { choices: [] } } }],
  },
  task('a picture that is a task', 'qwen-image-plus', { prompt: 'a cat' }, pictures),
  task('a film of an older Wan', 'wan-2-5', { first_frame_url: PICTURE }, succeeded),
  task(
    'a film between two frames',
    'wan-2-2',
    { first_frame_url: PICTURE, last_frame_url: PICTURE },
    succeeded,
  ),
  task('a film of Wan 2.7', 'wan-2-7', { video_url: 'https://example.com/a.mp4' }, succeeded),
  task('a film of Wan 3.0', 'wan-3-0', { prompt: 'a boat', first_frame_url: PICTURE }, succeeded),
  task(
    'a film of HappyHorse',
    'happyhorse-1-0',
    { prompt: 'character1 sails', reference_image_urls: [PICTURE] },
    succeeded,
  ),
]);
