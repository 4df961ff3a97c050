import { failedJob, type JobFault } from '../failed-job.js';
import { operationFault } from '../google-operation.js';
import { at, listAt, nonEmpty, numberAt, textAt } from '../json.js';
import type { Checked, ResultFailure, Usage, VendorOutput } from '../provider.js';
import { unreadable } from '../refusal.js';
import type { VendorAnswer } from '../vendor-call.js';
import { timesFilms } from './veo-price.js';

/** What was asked for, and what each film of it uses. */
export interface VeoOrder {
  /** Null: not known any more. */
  readonly films: number | null;
  readonly perFilm: Usage;
}

/** An operation: running until `done`, then an error, films, or nothing but the filter's reasons. */
export function readVeoOperation(answer: VendorAnswer, order: VeoOrder): Checked {
  const { body } = answer;
  const error = at(body, 'error') ?? undefined;
  if (error !== undefined) return failedJob(answer, operationFault(error));
  if (at(body, 'done') !== true) {
    if (textAt(body, 'name') === undefined) throw unreadable(answer, 'an operation');
    return { state: 'running' };
  }
  const videos = listAt(body, 'response', 'videos');
  const films = videos.map(readFilm);
  const outputs = nonEmpty(films.filter((film) => film !== undefined));
  if (!outputs) return videos.length === 0 ? withheld(answer) : failedJob(answer, absent(videos));
  const unread = films.filter((film) => film === undefined).map(() => absent(videos));
  const failures = [...unread, ...missingFilms(answer, order.films, videos.length)];
  // What came without its bytes was made, and is charged; what the filter withheld is not.
  // How many came is told, how long they are is not.
  const usage = { ...timesFilms(order.perFilm, videos.length), isEstimated: true } as const;
  return { state: 'done', outputs, usage, ...(failures.length === 0 ? {} : { failures }) };
}

function readFilm(video: unknown): VendorOutput | undefined {
  const bytes = Buffer.from(textAt(video, 'bytesBase64Encoded') ?? '', 'base64');
  return bytes.length > 0 ? { from: 'bytes', bytes } : undefined;
}

/** Done without a film: the filter took them all, or the vendor broke its own word. */
function withheld(answer: VendorAnswer): Checked {
  const { count, reasons } = filterOf(answer);
  if (count === 0 && reasons === '') throw unreadable(answer, 'a film');
  return failedJob(answer, {
    code: 'CONTENT_REJECTED',
    message: `its filter withheld every film. ${reasons}`,
  });
}

/** The films that were asked for and that the answer does not hold: the filter's, as far as it counted them. */
function missingFilms(
  answer: VendorAnswer,
  asked: number | null,
  came: number,
): readonly ResultFailure[] {
  const { count, reasons } = filterOf(answer);
  const missing = asked === null ? count : Math.max(0, asked - came);
  return Array.from({ length: missing }, (_, index) => {
    if (index >= count) return { code: 'TASK_FAILED', message: `${answer.vendor} left a film out` };
    const message = answer.clean(`its filter withheld a film. ${reasons}`);
    return { code: 'CONTENT_REJECTED', message: `${answer.vendor}: ${message}` };
  });
}

function filterOf({ body }: VendorAnswer): { readonly count: number; readonly reasons: string } {
  const count = numberAt(body, 'response', 'raiMediaFilteredCount') ?? 0;
  const reasons = listAt(body, 'response', 'raiMediaFilteredReasons').filter(
    (reason) => typeof reason === 'string',
  );
  return { count: Math.min(Math.max(0, Math.trunc(count)), MAX_FILMS), reasons: reasons.join(' ') };
}

/** The vendor makes four at most; a count beyond that is nonsense. */
const MAX_FILMS = 4;

function absent(videos: readonly unknown[]): JobFault & ResultFailure {
  const stored = videos.some((video) => textAt(video, 'gcsUri') !== undefined);
  return {
    code: 'TASK_FAILED',
    message: stored
      ? 'a film was put into a bucket (gcsUri) and not into the answer; this gateway reads only the answer'
      : 'a film came without its bytes',
  };
}
