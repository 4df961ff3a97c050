import { bearer } from '../openai-wire-images.js';
import type { ProviderContext } from '../provider.js';
import { callVendor, type VendorAnswer, type VendorCall } from '../vendor-call.js';

/** How messages call an upstream that has no name here. */
export const TITLE = 'The OpenAI-compatible upstream';

/** One call below the configured address. @throws ProviderError when no answer came */
export async function callCompatible(
  context: ProviderContext,
  call: Pick<VendorCall, 'method' | 'form' | 'bytes'> & { readonly path: string },
): Promise<VendorAnswer> {
  const { path, ...rest } = call;
  const url = `${context.baseUrl}${path}`;
  return await callVendor(context, { vendor: TITLE, url, headers: bearer, ...rest });
}

export const videoPath = (id: string): string => `/videos/${encodeURIComponent(id)}`;
