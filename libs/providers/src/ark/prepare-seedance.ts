import { withDefaults } from '../input-defaults.js';
import { listAt, numberAt, objectAt, present, textAt } from '../json.js';
import type { Model } from '../model.js';
import type { JsonObject, Prepared } from '../provider.js';
import { filmUsage } from './ark-price.js';
import { seedanceContent } from './seedance-content.js';
import { ADAPTIVE, filmTokens } from './seedance-size.js';
import { seedanceOf } from './seedance.js';
import { commandIssue } from './text-commands.js';

/** The body of `POST /contents/generations/tasks`; every choice that is charged or seen is said outright. */
export function prepareSeedance(input: JsonObject, model: Model): Prepared {
  const seedance = seedanceOf(model.vendorModel);
  const filled = withDefaults(input, model);
  const prompt = textAt(filled, 'prompt') ?? '';
  const issue = commandIssue(prompt);
  if (issue) return { ok: false, issues: [issue] };
  const { content, media } = seedanceContent(prompt, input);
  const vendorModel = media.length > 0 ? seedance.fromPictures : undefined;
  const request = present({
    model: vendorModel ?? seedance.vendorModel,
    content,
    resolution: textAt(filled, 'resolution'),
    ratio: textAt(filled, 'aspect_ratio') ?? defaultRatio(input),
    duration: numberAt(filled, 'duration'),
    generate_audio: filled['generate_audio'],
    seed: numberAt(filled, 'seed'),
    camera_fixed: objectAt(filled, 'provider_options')['camera_fixed'],
    watermark: filled['watermark'],
  });
  return {
    ok: true,
    request,
    estimate: estimateOf(request, input, seedance.generation),
    ...(media.length === 0 ? {} : { media }),
  };
}

const defaultRatio = (input: JsonObject): string =>
  input['first_frame_url'] === undefined ? '16:9' : ADAPTIVE;

function estimateOf(
  request: JsonObject,
  input: JsonObject,
  generation: Parameters<typeof filmTokens>[0]['generation'],
) {
  const resolution = textAt(request, 'resolution') ?? '';
  const tokens = filmTokens({
    generation,
    resolution,
    ratio: textAt(request, 'ratio') ?? '',
    seconds: numberAt(request, 'duration') ?? 0,
  });
  const videoIn = listAt(input, 'reference_video_urls').length > 0;
  const usage = filmUsage(tokens ?? 0, {
    vendorModel: textAt(request, 'model') ?? '',
    resolution,
    sound: request['generate_audio'] === true,
    videoIn,
  });
  // Films that go in are counted too, and nobody knows yet how long they are.
  return videoIn ? { ...usage, costNanoUsd: null } : usage;
}
