import { withDefaults } from '../input-defaults.js';
import { numberAt, objectAt, present, textAt } from '../json.js';
import type { Model } from '../model.js';
import type { InputIssue, Json, JsonObject, MediaSlot, Prepared } from '../provider.js';
import { filmUsage, unknownFilmUsage } from './dashscope-price.js';
import { OLDER_WAN_FRAME, OLDER_WAN_REFERENCE, SOUND, FILM } from './media-limits.js';
import { addressList, countMedia, type MediaField, singleMedia } from './media-list.js';
import { wanSize } from './wan-sizes.js';

/**
 * Wan up to 2.6: a measure (`size`) where the shape is free, a class (`resolution`) where a frame gives
 * the shape, and each medium in a field of its own.
 */
export function prepareOlderWan(input: JsonObject, model: Model): Prepared {
  const issues = issuesOf(input);
  if (issues.length > 0) return { ok: false, issues };
  const filled = withDefaults(input, model);
  const mode = modeOf(input);
  const vendorModel = vendorModelOf(model.vendorModel, mode);
  const resolution = (textAt(filled, 'resolution') ?? '').toUpperCase();
  const isFramed = mode === 'i2v' || mode === 'kf2v';
  const ratio = textAt(input, 'aspect_ratio') ?? '16:9';
  const media = mediaOf(input, mode);
  const seconds = numberAt(filled, 'duration');
  const request = {
    model: vendorModel,
    input: present({
      prompt: textAt(input, 'prompt'),
      negative_prompt: textAt(input, 'negative_prompt'),
      ...media.members,
    }),
    parameters: present({
      ...(isFramed ? { resolution } : { size: wanSize(resolution, ratio) }),
      duration: seconds,
      prompt_extend: mode === 'r2v' ? undefined : (filled['prompt_extend'] ?? true),
      shot_type: textAt(objectAt(input, 'provider_options'), 'shot_type'),
      audio: input['generate_audio'],
      watermark: filled['watermark'],
      seed: numberAt(input, 'seed'),
    }),
  };
  return {
    ok: true,
    request,
    estimate: estimateOf(input, { vendorModel, resolution, seconds: seconds ?? WAN_2_2_SECONDS }),
    ...(media.slots.length === 0 ? {} : { media: media.slots }),
  };
}

/** 2.2 makes films of one length, and has no parameter for it. */
const WAN_2_2_SECONDS = 5;

type Mode = 't2v' | 'i2v' | 'kf2v' | 'r2v';

function modeOf(input: JsonObject): Mode {
  if (countMedia(input, ...REFERENCES.map(({ field }) => field)) > 0) return 'r2v';
  if (input['last_frame_url'] !== undefined) return 'kf2v';
  return input['first_frame_url'] === undefined ? 't2v' : 'i2v';
}

/** Of frames first and last the vendor makes only the quick one. */
function vendorModelOf(textModel: string, mode: Mode): string {
  return mode === 'kf2v' ? 'wan2.2-kf2v-flash' : textModel.replace('t2v', mode);
}

const REFERENCES: readonly MediaField[] = [
  { field: 'reference_image_urls', type: 'image', limits: OLDER_WAN_REFERENCE },
  { field: 'reference_video_urls', type: 'video', limits: FILM },
];

function mediaOf(
  input: JsonObject,
  mode: Mode,
): { readonly members: Readonly<Record<string, Json>>; readonly slots: readonly MediaSlot[] } {
  if (mode === 'r2v') {
    const { entries, slots } = addressList(input, 'reference_urls', REFERENCES);
    return { members: { reference_urls: entries }, slots };
  }
  const frame = mode === 'kf2v' ? 'first_frame_url' : 'img_url';
  const slots = [
    ...singleMedia(input, frame, { field: 'first_frame_url', limits: OLDER_WAN_FRAME }),
    ...singleMedia(input, 'last_frame_url', { field: 'last_frame_url', limits: OLDER_WAN_FRAME }),
    ...singleMedia(input, 'audio_url', { field: 'audio_url', limits: SOUND }),
  ];
  const members = Object.fromEntries(slots.map(({ at }) => [at.slice('/input/'.length), null]));
  return { members, slots };
}

/** Films that go in are charged by their length, which is not known yet. */
function estimateOf(
  input: JsonObject,
  film: { readonly vendorModel: string; readonly resolution: string; readonly seconds: number },
) {
  return countMedia(input, 'reference_video_urls') > 0
    ? unknownFilmUsage(film.seconds)
    : filmUsage(film.vendorModel, film.seconds, film.resolution);
}

/** What the schema cannot say. */
function issuesOf(input: JsonObject): readonly InputIssue[] {
  const issues: InputIssue[] = [];
  const references = countMedia(input, 'reference_image_urls', 'reference_video_urls');
  if (references > MAX_REFERENCES) {
    const message = `${references} references are not taken; give at most ${MAX_REFERENCES} pictures and films`;
    issues.push({ path: 'input.reference_video_urls', message });
  }
  const isMulti = textAt(objectAt(input, 'provider_options'), 'shot_type') === 'multi';
  if (isMulti && input['prompt_extend'] === false) {
    const message = 'shot_type multi is made out of the elaborated prompt; leave prompt_extend out';
    issues.push({ path: 'input.provider_options', message });
  }
  return issues;
}

const MAX_REFERENCES = 5;
