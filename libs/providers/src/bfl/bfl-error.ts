import type { ProviderError } from '@app/errors';
import { listAt, numberAt, textAt } from '../json.js';
import { kindOfStatus, refusal, type RefusalKind } from '../refusal.js';
import type { VendorAnswer } from '../vendor-call.js';

/**
 * The vendor answers in two styles: FastAPI's `detail` (a text, or a list of `{loc, msg}`), seen live,
 * and `{error, message, retry_after}`, from its own guide. Both are read.
 */
export function bflError(answer: VendorAnswer): ProviderError {
  const { body } = answer;
  const code = textAt(body, 'error');
  const message = textAt(body, 'detail') ?? detailsOf(body) ?? textAt(body, 'message');
  const retryAfterSeconds = numberAt(body, 'retry_after');
  return refusal(answer, kindOf(answer.status, code, message), {
    code,
    message,
    retryAfterMs: retryAfterSeconds === undefined ? undefined : retryAfterSeconds * 1000,
  });
}

/** A malformed key comes as a 422 like any bad field, told apart only by its words. */
function kindOf(status: number, code?: string, message?: string): RefusalKind {
  if (status === 422 && /api key/i.test(message ?? '')) return 'account';
  if (isClientError(status) && /moderat/i.test(code ?? '')) return 'content';
  return kindOfStatus(status);
}

/** Refusals that certainly took nothing: not a time-out, a conflict or a throttle. */
const isClientError = (status: number): boolean => status === 400 || status === 422;

function detailsOf(body: unknown): string | undefined {
  const details = listAt(body, 'detail').map(
    (item) => `${listAt(item, 'loc').join('.')} ${textAt(item, 'msg') ?? ''}`,
  );
  return details.length > 0 ? details.join('; ') : undefined;
}
