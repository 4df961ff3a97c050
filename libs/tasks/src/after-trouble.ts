import type { ProviderError } from '@app/errors';
import { type AfterSubmit, taskError } from './after-submit-error.js';

/**
 * What is known when a vendor refused an account of ours. `elsewhere`: another account of the vendor is
 * well. `known`: none is, and that was known before. `news`: none is, and this task is the first to
 * meet it; also when it could not be found out.
 */
export type TroubleVerdict = 'elsewhere' | 'known' | 'news';

/**
 * What becomes of the task. It is no fault of the caller's, so only the first one is told, at once; the
 * others wait in the queue, where nothing is sent under the account until it is well.
 */
export function afterTroubleOf(error: ProviderError, verdict: TroubleVerdict): AfterSubmit {
  if (verdict !== 'news') return { next: 'retry', afterMs: 0 };
  return { next: 'fail', error: taskError(error.taskError, error.message, error.providerCode) };
}
