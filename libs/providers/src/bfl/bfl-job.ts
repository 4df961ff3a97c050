import { ProviderError } from '@app/errors';
import { failedJob } from '../failed-job.js';
import { at, numberAt, textAt } from '../json.js';
import type { Checked } from '../provider.js';
import { unreadable } from '../refusal.js';
import type { VendorAnswer } from '../vendor-call.js';
import { nanoUsdOfCredits } from './bfl-price.js';

/** The link to a picture dies this long after the job was Ready; counted from when Ready was seen. */
const SAMPLE_LIFE_MS = 10 * 60 * 1000;

/** `Task not found`, as a status by the specification; as a 404's status or sentence by older pages. */
export function isUnknownJob({ body }: VendorAnswer): boolean {
  const words = [textAt(body, 'status'), textAt(body, 'state'), textAt(body, 'detail')];
  return words.includes('Task not found');
}

/**
 * A cluster that lags, or a job that is gone. Told as the 404 that it means, whatever status carried it:
 * the engine waits out a lag and then gives the job up, because it may have been paid for.
 */
export function unknownJob(): ProviderError {
  return new ProviderError('Black Forest Labs does not know the job, or does not know it yet', {
    accepted: 'no',
    retryable: true,
    status: 404,
  });
}

/** What a job's status means. A new word is a job that still runs: never make the unknown a failure. */
export function readFluxJob(
  status: string,
  answer: VendorAnswer,
  quotedNanoUsd: number | null,
): Checked {
  switch (status) {
    case 'Ready':
      return readPicture(answer, quotedNanoUsd);
    case 'Request Moderated':
    case 'Content Moderated':
      return failedJob(answer, {
        code: 'CONTENT_REJECTED',
        message: MODERATED[status],
        providerCode: status,
      });
    case 'Error':
    case 'Failed':
      return failedJob(answer, {
        message: reasonIn(answer),
        providerCode: status,
        retryable: true,
      });
    default:
      return { state: 'running', ...progressIn(answer) };
  }
}

const MODERATED = {
  'Request Moderated': 'its moderation refused the prompt',
  'Content Moderated': 'its moderation withheld the picture',
} as const;

/** The settled price, where the result has one, is the last word. */
function readPicture(answer: VendorAnswer, quotedNanoUsd: number | null): Checked {
  const url = textAt(answer.body, 'result', 'sample');
  if (url === undefined) throw unreadable(answer, 'the link to the picture');
  const credits = numberAt(answer.body, 'cost') ?? numberAt(answer.body, 'result', 'cost');
  const costNanoUsd = nanoUsdOfCredits(credits) ?? quotedNanoUsd;
  return {
    state: 'done',
    outputs: [{ from: 'url', url, expiresAt: Date.now() + SAMPLE_LIFE_MS }],
    usage: { unit: 'image', quantity: 1, costNanoUsd },
  };
}

/** `details` is a text or an object, by status; the vendor's guide has `error` and `message` beside it. */
function reasonIn({ body }: VendorAnswer): string {
  const details = at(body, 'details');
  const told = textAt(details, 'error') ?? textAt(details, 'message');
  const beside = textAt(body, 'message') ?? textAt(body, 'error');
  return textAt(body, 'details') ?? told ?? beside ?? 'the job failed without a reason';
}

/** A share from 0 to 1; anything else is not shown. */
function progressIn(answer: VendorAnswer): { readonly progress?: number } {
  const share = numberAt(answer.body, 'progress');
  return share === undefined || share < 0 || share > 1 ? {} : { progress: Math.round(share * 100) };
}
