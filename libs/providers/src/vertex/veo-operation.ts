import { failedJob, type JobFault } from '../failed-job.js';
import { at, listAt, nonEmpty, numberAt, textAt } from '../json.js';
import type { Checked, Usage, VendorOutput } from '../provider.js';
import { unreadable } from '../refusal.js';
import type { VendorAnswer } from '../vendor-call.js';
import { timesFilms } from './veo-price.js';
import { isAboutContent } from './vertex-error.js';

/** An operation: running until `done`, then an error, films, or nothing but the filter's reasons. */
export function readVeoOperation(answer: VendorAnswer, perFilm: Usage): Checked {
  const { body } = answer;
  if (at(body, 'error') !== undefined) return failedJob(answer, operationFault(at(body, 'error')));
  if (at(body, 'done') !== true) {
    if (textAt(body, 'name') === undefined) throw unreadable(answer, 'an operation');
    return { state: 'running' };
  }
  const videos = listAt(body, 'response', 'videos');
  if (videos.length === 0) return withheld(answer);
  const films = videos.map(readFilm).filter((film) => film !== undefined);
  const outputs = nonEmpty(films);
  if (!outputs || films.length < videos.length) return failedJob(answer, notInline(videos));
  return { state: 'done', outputs, usage: timesFilms(perFilm, outputs.length) };
}

function readFilm(video: unknown): VendorOutput | undefined {
  const bytes = Buffer.from(textAt(video, 'bytesBase64Encoded') ?? '', 'base64');
  return bytes.length > 0 ? { from: 'bytes', bytes } : undefined;
}

/** gRPC codes (google/rpc/code.proto) that another try may cure: deadline, quota, internal, unavailable. */
const RETRYABLE_CODES: ReadonlySet<number> = new Set([4, 8, 13, 14]);

function operationFault(error: unknown): JobFault {
  const code = numberAt(error, 'code');
  const message = textAt(error, 'message') ?? 'the operation failed without a reason';
  return {
    code: isAboutContent(message) ? 'CONTENT_REJECTED' : 'TASK_FAILED',
    message,
    providerCode: code === undefined ? undefined : String(code),
    retryable: code !== undefined && RETRYABLE_CODES.has(code) && !isAboutContent(message),
  };
}

/** Done without a film: the filter took them all, or the vendor broke its own word. */
function withheld(answer: VendorAnswer): Checked {
  const count = numberAt(answer.body, 'response', 'raiMediaFilteredCount') ?? 0;
  const reasons = listAt(answer.body, 'response', 'raiMediaFilteredReasons');
  if (count === 0 && reasons.length === 0) throw unreadable(answer, 'a film');
  return failedJob(answer, {
    code: 'CONTENT_REJECTED',
    message: `its filter withheld every film. ${reasons.join(' ')}`,
  });
}

function notInline(videos: readonly unknown[]): JobFault {
  const stored = videos.some((video) => textAt(video, 'gcsUri') !== undefined);
  return {
    message: stored
      ? 'a film was put into a bucket (gcsUri) and not into the answer; this gateway reads only the answer'
      : 'a film came without its bytes',
  };
}
