import { withDefaults } from '../input-defaults.js';
import { numberAt, objectAt, present, textAt } from '../json.js';
import type { Model } from '../model.js';
import type { InputIssue, JsonObject, MediaSlot, Prepared, Usage } from '../provider.js';
import { filmUsage, unknownFilmUsage } from './dashscope-price.js';
import { countMedia, type MediaField, mediaList, singleMedia } from './media-list.js';
import { FILM, SOUND, WAN_3_PICTURE, WAN_PICTURE } from './media-limits.js';

/** Wan 2.7: a model for each kind of input, a class of resolution, a ratio, and one list of media. */
export function prepareWan27(input: JsonObject, model: Model): Prepared {
  const issues = tooManyReferences(input, MAX_WAN_2_7_REFERENCES);
  if (issues.length > 0) return { ok: false, issues };
  const filled = withDefaults(input, model);
  const mode = modeOf(input);
  const vendorModel = model.vendorModel.replace('t2v', mode);
  const media = mediaList(input, mode === 't2v' ? [] : WAN_2_7_MEDIA);
  // Without a frame the sound is no part of the list.
  const sound =
    mode === 't2v' ? singleMedia(input, 'audio_url', { field: 'audio_url', limits: SOUND }) : [];
  const resolution = textAt(filled, 'resolution')?.toUpperCase();
  const seconds = numberAt(input, 'duration') ?? (mode === 'videoedit' ? undefined : 5);
  const request = {
    model: vendorModel,
    input: present({
      prompt: textAt(input, 'prompt'),
      negative_prompt: textAt(input, 'negative_prompt'),
      audio_url: sound.length === 0 ? undefined : null,
      media: media.entries.length === 0 ? undefined : media.entries,
    }),
    parameters: present({
      resolution,
      ratio: ratioOf(input, mode),
      duration: seconds,
      audio_setting: textAt(objectAt(input, 'provider_options'), 'audio_setting'),
      prompt_extend: filled['prompt_extend'],
      watermark: filled['watermark'],
      seed: numberAt(input, 'seed'),
    }),
  };
  const estimate = estimateOf(input, { vendorModel, seconds, resolution });
  return prepared(request, estimate, [...media.slots, ...sound]);
}

const MAX_WAN_2_7_REFERENCES = 5;

type Mode = 't2v' | 'i2v' | 'r2v' | 'videoedit';

function modeOf(input: JsonObject): Mode {
  if (input['video_url'] !== undefined) return 'videoedit';
  if (countMedia(input, 'reference_image_urls', 'reference_video_urls') > 0) return 'r2v';
  return input['first_frame_url'] === undefined ? 't2v' : 'i2v';
}

/** A frame has the shape of the film, and so has a film to be changed unless another is asked for. */
function ratioOf(input: JsonObject, mode: Mode): string | undefined {
  const asked = textAt(input, 'aspect_ratio');
  if (asked !== undefined || mode === 'videoedit') return asked;
  return input['first_frame_url'] === undefined ? '16:9' : undefined;
}

const WAN_2_7_MEDIA: readonly MediaField[] = [
  { field: 'video_url', type: 'video', limits: FILM },
  { field: 'reference_image_urls', type: 'reference_image', limits: WAN_PICTURE },
  { field: 'reference_video_urls', type: 'reference_video', limits: FILM },
  { field: 'first_frame_url', type: 'first_frame', limits: WAN_PICTURE },
  { field: 'last_frame_url', type: 'last_frame', limits: WAN_PICTURE },
  { field: 'audio_url', type: 'driving_audio', limits: SOUND },
];

/** Wan 3.0: one model for everything; the media say what is meant. */
export function prepareWan3(input: JsonObject, model: Model): Prepared {
  const filled = withDefaults(input, model);
  const media = mediaList(input, WAN_3_MEDIA);
  const resolution = textAt(filled, 'resolution')?.toUpperCase();
  const seconds = numberAt(filled, 'duration');
  const request = {
    model: model.vendorModel,
    input: present({
      prompt: textAt(input, 'prompt'),
      media: media.entries.length === 0 ? undefined : media.entries,
    }),
    parameters: present({
      resolution,
      ratio: textAt(filled, 'aspect_ratio'),
      duration: seconds,
      audio: filled['generate_audio'],
      prompt_extend: filled['prompt_extend'],
      seed: numberAt(input, 'seed'),
    }),
  };
  const vendorModel = model.vendorModel;
  return prepared(request, estimateOf(input, { vendorModel, seconds, resolution }), media.slots);
}

const WAN_3_MEDIA: readonly MediaField[] = [
  { field: 'first_frame_url', type: 'first_frame', limits: WAN_3_PICTURE },
  { field: 'last_frame_url', type: 'last_frame', limits: WAN_3_PICTURE },
  { field: 'reference_image_urls', type: 'reference_image', limits: WAN_3_PICTURE },
  { field: 'reference_video_urls', type: 'reference_video', limits: FILM },
  { field: 'reference_audio_urls', type: 'reference_audio', limits: SOUND },
];

/** The longest film that 2.7 changes. */
const LONGEST_EDIT_SECONDS = 10;

/** Films that go in are charged by their length, which is not known yet. */
function estimateOf(
  input: JsonObject,
  film: {
    readonly vendorModel: string;
    readonly seconds: number | undefined;
    readonly resolution: string | undefined;
  },
): Usage {
  const seconds = film.seconds ?? LONGEST_EDIT_SECONDS;
  return countMedia(input, 'video_url', 'reference_video_urls') > 0
    ? unknownFilmUsage(seconds)
    : filmUsage(film.vendorModel, seconds, film.resolution);
}

function prepared(request: JsonObject, estimate: Usage, media: readonly MediaSlot[]): Prepared {
  return { ok: true, request, estimate, ...(media.length === 0 ? {} : { media }) };
}

function tooManyReferences(input: JsonObject, max: number): readonly InputIssue[] {
  const references = countMedia(input, 'reference_image_urls', 'reference_video_urls');
  if (references <= max) return [];
  const message = `${references} references are not taken; give at most ${max} pictures and films`;
  return [{ path: 'input.reference_video_urls', message }];
}
