import type { JsonObject, ProviderContext } from '../provider.js';
import { callVendor, type VendorAnswer } from '../vendor-call.js';
import { geminiError } from './gemini-error.js';

export const GEMINI_TITLE = 'Google Gemini';

export interface GeminiCall {
  readonly method: 'GET' | 'POST';
  /** Below the API's version. */
  readonly path: string;
  readonly body?: JsonObject;
  /** Default: JSON. */
  readonly accept?: string;
}

/** One call; the answer is a 200. @throws ProviderError */
export async function callGemini(
  context: ProviderContext,
  call: GeminiCall,
): Promise<VendorAnswer> {
  const answer = await askGemini(context, call);
  if (answer.status !== 200) throw geminiError(answer);
  return answer;
}

/** One call; an answer of any status. @throws ProviderError when no answer came */
export async function askGemini(
  context: ProviderContext,
  { method, path, body, accept }: GeminiCall,
): Promise<VendorAnswer> {
  return await callVendor(context, {
    vendor: GEMINI_TITLE,
    method,
    url: `${context.baseUrl}/v1beta/${path}`,
    headers: (key) => ({
      [KEY_HEADER]: key,
      'api-revision': API_REVISION,
      // Axios would call an absent body a form; Google's own library calls it JSON.
      ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
      ...(accept === undefined ? {} : { accept }),
    }),
    ...(body === undefined ? {} : { body }),
  });
}

export const KEY_HEADER = 'x-goog-api-key';

/** The shape of interactions with `steps` (https://ai.google.dev/api/interactions-api-v1). */
const API_REVISION = '2026-05-20';
