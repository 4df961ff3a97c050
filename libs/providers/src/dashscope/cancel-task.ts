import { ProviderError } from '@app/errors';
import { textAt } from '../json.js';
import type { JsonObject, ProviderContext } from '../provider.js';
import { callDashscope } from './dashscope-call.js';

/**
 * The vendor cancels what still waits (PENDING) and refuses anything else with one code, whether the
 * task runs, is over or is not known. @throws ProviderError when it can be asked again
 */
export async function cancelTask(
  handle: JsonObject,
  context: ProviderContext,
): Promise<'stopped' | 'too-late'> {
  const taskId = encodeURIComponent(textAt(handle, 'taskId') ?? '');
  try {
    await callDashscope(context, { method: 'POST', path: `/tasks/${taskId}/cancel` });
    return 'stopped';
  } catch (error) {
    if (isNoLongerPending(error)) return 'too-late';
    throw error;
  }
}

function isNoLongerPending(error: unknown): boolean {
  return error instanceof ProviderError && error.providerCode === 'UnsupportedOperation';
}
