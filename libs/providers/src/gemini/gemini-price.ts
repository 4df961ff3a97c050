import { at, listAt, numberAt, textAt } from '../json.js';
import { priceOf } from '@app/prices';
import type { Usage } from '../provider.js';

/** What a film of so many seconds costs by the list; unknown where it has no such rate. */
export function filmUsage(
  pricedAs: string,
  seconds: number,
  facts: Readonly<Record<string, string | boolean>>,
): Usage {
  const perSecond = priceOf(pricedAs, 'second', facts);
  const costNanoUsd = perSecond === null ? null : Math.round(perSecond * seconds);
  return { unit: 'second', quantity: seconds, costNanoUsd };
}

/** What one picture will about cost: its size class, and the pictures that go in. */
export function estimatePicture(pricedAs: string, resolution: string, picturesIn: number): Usage {
  const made = priceOf(pricedAs, 'image', { resolution });
  const each = picturesIn === 0 ? 0 : priceOf(pricedAs, 'input-image');
  const costNanoUsd = made === null || each === null ? null : Math.round(made + each * picturesIn);
  return { unit: 'image', quantity: 1, costNanoUsd };
}

/** What was used, from the tokens that the answer reports; unknown where it reports none. */
export function pictureUsage(pricedAs: string, answer: unknown, pictures: number): Usage {
  const costNanoUsd = costOfTokens(pricedAs, at(answer, 'usageMetadata'));
  return { unit: 'image', quantity: pictures, costNanoUsd };
}

/** Pictures that go in are charged as text is; thoughts as text that comes out. */
function costOfTokens(pricedAs: string, usage: unknown): number | null {
  const tokensIn = numberAt(usage, 'promptTokenCount');
  const tokensOut = numberAt(usage, 'candidatesTokenCount');
  const perIn = priceOf(pricedAs, 'text-in-token');
  const perText = priceOf(pricedAs, 'text-out-token');
  const perPicture = priceOf(pricedAs, 'image-out-token');
  if (tokensIn === undefined || tokensOut === undefined) return null;
  if (perIn === null || perText === null || perPicture === null) return null;
  const ofPictures = Math.min(pictureTokens(usage) ?? tokensOut, tokensOut);
  const ofText = tokensOut - ofPictures + (numberAt(usage, 'thoughtsTokenCount') ?? 0);
  const cost = tokensIn * perIn + ofText * perText + ofPictures * perPicture;
  return cost > 0 ? Math.round(cost) : null;
}

function pictureTokens(usage: unknown): number | undefined {
  const details = listAt(usage, 'candidatesTokensDetails');
  const ofPictures = details.find((detail) => textAt(detail, 'modality') === 'IMAGE');
  return numberAt(ofPictures, 'tokenCount');
}
