import { withDefaults } from '../input-defaults.js';
import { numberAt, objectAt, present, textAt } from '../json.js';
import type { Model } from '../model.js';
import type { InputIssue, JsonObject, Prepared } from '../provider.js';
import { filmUsage, unknownFilmUsage } from './dashscope-price.js';
import { type MediaField, mediaList } from './media-list.js';
import { FILM, HAPPYHORSE_FRAME, HAPPYHORSE_REFERENCE } from './media-limits.js';

/**
 * One id of the catalog is a model of the vendor's for each kind of input. Everything is said outright: the
 * vendor's own default would put its watermark on the film.
 */
export function prepareHappyhorse(input: JsonObject, model: Model): Prepared {
  const issues = promptIssues(textAt(input, 'prompt') ?? '');
  if (issues.length > 0) return { ok: false, issues };
  const filled = withDefaults(input, model);
  const mode = modeOf(input);
  const vendorModel = model.vendorModel.replace('t2v', mode);
  const resolution = textAt(filled, 'resolution')?.toUpperCase();
  const isShaped = mode === 't2v' || mode === 'r2v';
  const seconds = mode === 'video-edit' ? undefined : (numberAt(input, 'duration') ?? 5);
  const media = mediaList(input, MEDIA);
  const request = {
    model: vendorModel,
    input: present({
      prompt: textAt(input, 'prompt'),
      media: media.entries.length === 0 ? undefined : media.entries,
    }),
    parameters: present({
      resolution,
      ratio: isShaped ? (textAt(input, 'aspect_ratio') ?? '16:9') : undefined,
      duration: seconds,
      audio_setting: textAt(objectAt(input, 'provider_options'), 'audio_setting'),
      watermark: filled['watermark'],
      seed: numberAt(input, 'seed'),
    }),
  };
  const estimate =
    seconds === undefined
      ? unknownFilmUsage(LONGEST_EDIT_SECONDS)
      : filmUsage(vendorModel, seconds, resolution);
  return {
    ok: true,
    request,
    estimate,
    ...(media.slots.length === 0 ? {} : { media: media.slots }),
  };
}

/** The vendor makes no longer film out of one that is given. */
const LONGEST_EDIT_SECONDS = 15;

const MEDIA: readonly MediaField[] = [
  { field: 'video_url', type: 'video', limits: FILM },
  { field: 'first_frame_url', type: 'first_frame', limits: HAPPYHORSE_FRAME },
  { field: 'reference_image_urls', type: 'reference_image', limits: HAPPYHORSE_REFERENCE },
];

type Mode = 't2v' | 'i2v' | 'r2v' | 'video-edit';

function modeOf(input: JsonObject): Mode {
  if (input['video_url'] !== undefined) return 'video-edit';
  if (input['first_frame_url'] !== undefined) return 'i2v';
  return input['reference_image_urls'] === undefined ? 't2v' : 'r2v';
}

const MAX_PROMPT_WEIGHT = 5000;

/** The vendor cuts a prompt silently at 5000 characters, or 2500 of the scripts that weigh double. */
function promptIssues(prompt: string): readonly InputIssue[] {
  const heavy =
    prompt.match(/[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}]/gu)?.length ?? 0;
  const weight = Array.from(prompt).length + heavy;
  if (weight <= MAX_PROMPT_WEIGHT) return [];
  const message =
    `The prompt weighs ${weight} characters; the vendor takes ${MAX_PROMPT_WEIGHT}, ` +
    'where a Chinese, Japanese or Korean one counts twice';
  return [{ path: 'input.prompt', message }];
}
