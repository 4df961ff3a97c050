import { withDefaults } from '../input-defaults.js';
import { numberAt, objectAt, present, textAt } from '../json.js';
import type { Model } from '../model.js';
import { imageMedia, imageParts } from '../openai-wire-images.js';
import { chooseSize, type SizeLimits } from '../picture-size.js';
import type { InputIssue, JsonObject, MediaSlot, Prepared } from '../provider.js';
import { refusedOption } from './refused-option.js';
import { DEFAULT_SECONDS } from './video-model.js';

/** Pictures: the body of their call. Films: `{video}`, the fields of their form. */
export function prepareCompatible(input: JsonObject, model: Model): Prepared {
  const options = objectAt(input, 'provider_options');
  const issues = [...sizeIssues(input), ...optionIssues(options)];
  if (issues.length > 0) return { ok: false, issues };
  const filled = withDefaults(input, model);
  return model.kind === 'image'
    ? prepareImage(filled, model, options)
    : prepareVideo(filled, model, options);
}

function prepareImage(input: JsonObject, model: Model, options: JsonObject): Prepared {
  const media = imageMedia(input);
  const request = {
    ...options,
    ...present({
      model: model.vendorModel,
      prompt: textAt(input, 'prompt'),
      n: numberAt(input, 'n'),
      size: textAt(input, 'size'),
      quality: textAt(input, 'quality'),
      background: textAt(input, 'background'),
      output_format: textAt(input, 'output_format'),
      moderation: textAt(input, 'safety'),
    }),
    ...imageParts(input),
  };
  const quantity = numberAt(input, 'n') ?? 1;
  return {
    ok: true,
    request,
    estimate: { unit: 'image', quantity, costNanoUsd: null },
    ...(media.length === 0 ? {} : { media }),
  };
}

/** Seconds travel as text. One film a call: `n` is several calls. */
function prepareVideo(input: JsonObject, model: Model, options: JsonObject): Prepared {
  const duration = numberAt(input, 'duration');
  const source = textAt(input, 'first_frame_url');
  const video = {
    ...options,
    ...present({
      model: model.vendorModel,
      prompt: textAt(input, 'prompt'),
      seconds: duration === undefined ? undefined : String(duration),
      size: textAt(input, 'size'),
    }),
    ...(source === undefined ? {} : { input_reference: null }),
  };
  return {
    ok: true,
    request: { video },
    estimate: { unit: 'second', quantity: duration ?? DEFAULT_SECONDS, costNanoUsd: null },
    ...(source === undefined ? {} : { media: [firstFrame(source)] }),
  };
}

/** No page says how large the picture may be: the figure is this gateway's own. */
const MAX_FRAME_BYTES = 20_000_000;

function firstFrame(source: string): MediaSlot {
  return {
    at: '/video/input_reference',
    field: 'input.first_frame_url',
    source,
    kind: 'image',
    as: 'data-url',
    maxBytes: MAX_FRAME_BYTES,
    accepts: ['image/png', 'image/jpeg', 'image/webp'],
  };
}

/** Sane for any upstream; which of these it makes, it says itself. */
const LIMITS: SizeLimits = {
  multipleOf: 1,
  minEdge: 64,
  maxEdge: 4096,
  minPixels: 64 * 64,
  maxPixels: 4096 * 4096,
  maxRatio: Number.POSITIVE_INFINITY,
};

function sizeIssues(input: JsonObject): readonly InputIssue[] {
  const chosen = chooseSize(input, LIMITS, () => undefined);
  return chosen.ok ? [] : chosen.issues;
}

function optionIssues(options: JsonObject): readonly InputIssue[] {
  const issue = refusedOption(options);
  return issue ? [issue] : [];
}
