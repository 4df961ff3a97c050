import { nanoUsd } from '../money.js';
import { at, numberAt, textAt } from '../json.js';
import type { JsonObject, Usage } from '../provider.js';

/**
 * gpt-image-2, USD per million tokens, standard tier: text in 5, image in 8, image out 30. Two public
 * price lists agree (LiteLLM's of 2026-07-24, genai-prices 0.1.8 of 2026-09-23); not read from the
 * vendor's own page.
 */
const PER_TOKEN = { textIn: nanoUsd(5e-6), imageIn: nanoUsd(8e-6), imageOut: nanoUsd(30e-6) };

/**
 * The image output of one picture in USD, by size and quality, input tokens apart (third party,
 * robotsatlas.com on ChatGPT Images 2.0). A size or quality that is not here is unknown.
 */
const PER_PICTURE: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  '1024x1024': { low: 0.006, medium: 0.053, high: 0.211 },
  '1024x1536': { low: 0.005, medium: 0.041, high: 0.165 },
};

/** What a request will about cost; unknown where the vendor is left to choose size or quality. */
export function estimateOpenaiUsage(body: JsonObject): Usage {
  const quantity = numberAt(body, 'n') ?? 1;
  const usd = numberAt(PER_PICTURE, textAt(body, 'size') ?? '', textAt(body, 'quality') ?? '');
  const costNanoUsd = usd === undefined ? null : nanoUsd(usd) * quantity;
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
  const cost =
    textIn * PER_TOKEN.textIn + imageIn * PER_TOKEN.imageIn + output * PER_TOKEN.imageOut;
  return cost > 0 ? Math.round(cost) : null;
}
