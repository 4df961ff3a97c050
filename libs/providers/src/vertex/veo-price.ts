import { at, numberAt, textAt } from '../json.js';
import { priceOf } from '@app/prices';
import type { JsonObject, Usage } from '../provider.js';

/** What one film of a request uses; films that the vendor withheld are not counted. */
export function usagePerFilm(vendorModel: string, parameters: JsonObject): Usage {
  const seconds = numberAt(parameters, 'durationSeconds') ?? 0;
  const perSecond = priceOf(vendorModel, 'second', {
    sound: at(parameters, 'generateAudio') === true,
    resolution: textAt(parameters, 'resolution') ?? '',
  });
  const costNanoUsd = perSecond === null ? null : Math.round(perSecond * seconds);
  return { unit: 'second', quantity: seconds, costNanoUsd };
}

export function timesFilms(usage: Usage, films: number): Usage {
  const costNanoUsd = usage.costNanoUsd === null ? null : usage.costNanoUsd * films;
  return { unit: usage.unit, quantity: usage.quantity * films, costNanoUsd };
}
