import { at, numberAt, textAt } from '../json.js';
import { nanoUsd } from '../money.js';
import type { JsonObject, Usage } from '../provider.js';

interface PerSecond {
  readonly sound: Readonly<Record<string, number>>;
  readonly silent: Readonly<Record<string, number>>;
}

/** USD a second. Two public lists agree (CometAPI, Comfy-Org/docs 2026-08-21); not the vendor's page. */
const PRICES: Readonly<Record<string, PerSecond>> = {
  'veo-3.1-generate-001': {
    sound: { '720p': 0.4, '1080p': 0.4, '4k': 0.6 },
    silent: { '720p': 0.2, '1080p': 0.2, '4k': 0.4 },
  },
  'veo-3.1-fast-generate-001': {
    sound: { '720p': 0.1, '1080p': 0.12, '4k': 0.3 },
    silent: { '720p': 0.08, '1080p': 0.1, '4k': 0.25 },
  },
};

/** What one film of a request uses; films that the vendor withheld are not counted. */
export function usagePerFilm(vendorModel: string, parameters: JsonObject): Usage {
  const seconds = numberAt(parameters, 'durationSeconds') ?? 0;
  const track = at(parameters, 'generateAudio') === true ? 'sound' : 'silent';
  const usd = numberAt(PRICES, vendorModel, track, textAt(parameters, 'resolution') ?? '');
  const costNanoUsd = usd === undefined ? null : nanoUsd(usd) * seconds;
  return { unit: 'second', quantity: seconds, costNanoUsd };
}

export function timesFilms(usage: Usage, films: number): Usage {
  const costNanoUsd = usage.costNanoUsd === null ? null : usage.costNanoUsd * films;
  return { unit: usage.unit, quantity: usage.quantity * films, costNanoUsd };
}
