import type { JsonObject, ProviderContext } from '../provider.js';
import { callVendor, type VendorAnswer } from '../vendor-call.js';
import { arkError } from './ark-error.js';

export const ARK_TITLE = 'Ark';

/** Links to films and pictures are signed for 24 hours. */
export const LINK_LIFE_MS = 24 * 60 * 60 * 1000;

export interface ArkCall {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below the base URL, with its slash. */
  readonly path: string;
  readonly body?: JsonObject;
  /** Names the call in the vendor's logs; it is no idempotency key. */
  readonly requestId?: string;
}

/** A call with whatever answer. @throws ProviderError when none came */
export async function askArk(context: ProviderContext, call: ArkCall): Promise<VendorAnswer> {
  return await callVendor(context, {
    vendor: ARK_TITLE,
    method: call.method,
    url: `${context.baseUrl}${call.path}`,
    headers: (key) => ({
      authorization: `Bearer ${key}`,
      ...(call.requestId === undefined ? {} : { 'x-client-request-id': call.requestId }),
    }),
    ...(call.body === undefined ? {} : { body: call.body }),
  });
}

/** A call whose answer says yes. @throws ProviderError */
export async function callArk(context: ProviderContext, call: ArkCall): Promise<VendorAnswer> {
  const answer = await askArk(context, call);
  if (answer.status !== 200) throw arkError(answer);
  return answer;
}
