import { at, numberAt, textAt } from '../json.js';
import { priceOf } from '../prices.js';
import type { JsonObject, Usage } from '../provider.js';

/** What a request will about cost; unknown where the vendor is left to choose size or quality. */
export function estimateOpenaiUsage(body: JsonObject): Usage {
  const quantity = numberAt(body, 'n') ?? 1;
  const each = priceOf(textAt(body, 'model') ?? '', 'image', {
    size: textAt(body, 'size') ?? '',
    quality: textAt(body, 'quality') ?? '',
  });
  const costNanoUsd = each === null ? null : Math.round(each * quantity);
  return { unit: 'image', quantity, costNanoUsd };
}

/** What was used, from the tokens that the answer reports; unknown where it reports none. */
export function readOpenaiUsage(answer: unknown, pictures: number): Usage {
  return { unit: 'image', quantity: pictures, costNanoUsd: costOf(at(answer, 'usage')) };
}

function costOf(usage: unknown): number | null {
  const output = numberAt(usage, 'output_tokens');
  const input = numberAt(usage, 'input_tokens');
  if (output === undefined || input === undefined) return null;
  const imageIn = numberAt(usage, 'input_tokens_details', 'image_tokens') ?? 0;
  const textOut = numberAt(usage, 'output_tokens_details', 'text_tokens') ?? 0;
  if (textOut > 0) return null; // The price lists contradict each other about text output.
  const textIn = input - imageIn;
  const perTextIn = priceOf('gpt-image-2', 'text-in-token') ?? 0;
  const perImageIn = priceOf('gpt-image-2', 'image-in-token') ?? 0;
  const perImageOut = priceOf('gpt-image-2', 'image-out-token') ?? 0;
  const cost = textIn * perTextIn + imageIn * perImageIn + output * perImageOut;
  return cost > 0 ? Math.round(cost) : null;
}
