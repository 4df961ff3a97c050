import { openaiWireError } from './openai-wire-error.js';
import { bearer } from './openai-wire-images.js';
import type { ProviderContext } from './provider.js';
import { callVendor } from './vendor-call.js';

/** OpenAI's list of models: free, and told only to a good key. @throws ProviderError */
export async function probeModels(context: ProviderContext, vendor: string): Promise<void> {
  const url = `${context.baseUrl}/models`;
  const answer = await callVendor(context, { vendor, method: 'GET', url, headers: bearer });
  if (answer.status !== 200) throw openaiWireError(answer);
}
