import type { JsonObject, ProviderContext } from '../provider.js';
import { callVendor, type VendorAnswer } from '../vendor-call.js';
import { textAt } from '../json.js';
import { dashscopeError } from './dashscope-error.js';

export const DASHSCOPE_TITLE = 'DashScope';

/** The vendor's signed result links live 24 hours. */
export const RESULT_LIFE_MS = 24 * 60 * 60 * 1000;

export interface DashscopeCall {
  readonly method: 'GET' | 'POST';
  /** Below the base URL, with its slash. */
  readonly path: string;
  readonly body?: JsonObject;
  /** Asks for a task instead of a result; the video models know nothing else. */
  readonly asTask?: boolean;
}

/**
 * A call whose answer says yes. A gateway of the vendor's may answer 200 with a `code` at the top:
 * that is an error too. @throws ProviderError
 */
export async function callDashscope(
  context: ProviderContext,
  call: DashscopeCall,
): Promise<VendorAnswer> {
  const answer = await callVendor(context, {
    vendor: DASHSCOPE_TITLE,
    method: call.method,
    url: `${context.baseUrl}${call.path}`,
    headers: (key) => ({
      authorization: `Bearer ${key}`,
      ...(call.asTask ? { 'x-dashscope-async': 'enable' } : {}),
    }),
    ...(call.body === undefined ? {} : { body: call.body }),
  });
  if (answer.status !== 200 || textAt(answer.body, 'code') !== undefined) {
    throw dashscopeError(answer);
  }
  return answer;
}
