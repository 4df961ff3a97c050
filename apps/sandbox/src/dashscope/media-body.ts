import {
  isFields,
  readList,
  readNumber,
  readText,
  text,
  type Check,
  type Fields,
  type Shape,
} from '../fields.js';
import { ASPECT_RATIOS } from '../media/render.js';
import { requireShape, type DashScopeBody } from './dashscope-body.js';
import { invalidParameter } from './dashscope-error.js';
import type { FilmJob } from './jobs.js';
import { GIVEN_FILM_SECONDS, pictureAddress, webAddress } from './media-address.js';
import { mediaModel, type MediaModel } from './media-models.js';

/** A longer prompt is cut by the vendor, not refused; this only bounds the request. */
const MAX_PROMPT = 100_000;

/** Pure. @throws DashScopeError */
export function readMediaJob({ model, input, parameters }: DashScopeBody): FilmJob {
  const rules = mediaModel(model);
  if (!rules) throw invalidParameter(`Model ${model} is none of this protocol.`);
  requireShape(input, inputShape(rules), 'input.');
  requireShape(parameters, { optional: rules.parameters }, 'parameters.');
  const types = readTypes(input, rules);
  requireShortFilm(types, parameters, rules);
  const films = types.filter((type) => type === 'video' || type.endsWith('_video')).length;
  return {
    kind: 'film',
    model,
    prompt: readText(input, 'prompt'),
    resolution: readText(parameters, 'resolution', '1080P'),
    size: null,
    ratio: ASPECT_RATIOS.find((ratio) => ratio === parameters['ratio']) ?? '16:9',
    duration: readNumber(parameters, 'duration', 0) || (films > 0 ? GIVEN_FILM_SECONDS : 5),
    inputDuration: films * GIVEN_FILM_SECONDS,
  };
}

function inputShape({ needsPrompt, input = {}, media }: MediaModel): Shape {
  const prompt = { prompt: text(MAX_PROMPT) };
  return {
    required: needsPrompt ? prompt : {},
    optional: {
      ...(needsPrompt ? {} : prompt),
      ...input,
      ...(Object.keys(media.at).length === 0 ? {} : { media: list }),
    },
  };
}

const list: Check = (value) => (Array.isArray(value) ? null : 'must be a list');

const ENTRY: Shape = {
  required: {
    type: text(50),
    url: (value) => (typeof value === 'string' ? null : 'must be a URL'),
  },
  optional: { reference_voice: webAddress },
};

/** The types in the order of the list. @throws DashScopeError */
function readTypes(input: Fields, { media }: MediaModel): readonly string[] {
  const types = readList(input, 'media').map((entry, index) => readType(entry, index));
  if (input['img_url'] !== undefined) types.push('first_frame');
  for (const type of types) {
    if (!media.at[type]) throw invalidParameter(`input.media type ${type} is not supported.`);
  }
  const count = (...wanted: readonly string[]): number =>
    types.filter((type) => wanted.includes(type)).length;
  for (const [type, [min, max]] of Object.entries(media.at))
    requireCount(type, count(type), min, max);
  if (media.total) {
    const [min, max, ...wanted] = media.total;
    requireCount(wanted.join(' and '), count(...wanted), min, max);
  }
  const [these = [], those = []] = media.apart ?? [];
  if (count(...these) > 0 && count(...those) > 0) {
    throw invalidParameter(
      `input.media ${these.join(', ')} and ${those.join(', ')} exclude each other.`,
    );
  }
  if (count('last_frame') > 0 && count('first_frame', 'first_clip') === 0) {
    throw invalidParameter('input.media last_frame needs a first_frame.');
  }
  return types;
}

function readType(entry: unknown, index: number): string {
  requireShape(entry, ENTRY, `input.media[${index}].`);
  const fields = isFields(entry) ? entry : {};
  const type = readText(fields, 'type');
  const isPicture = type.endsWith('_frame') || type.endsWith('_image');
  const problem = (isPicture ? pictureAddress : webAddress)(fields['url']);
  if (problem) throw invalidParameter(`input.media[${index}].url ${problem}.`);
  return type;
}

function requireCount(what: string, count: number, min: number, max: number): void {
  if (count >= min && count <= max) return;
  const wanted = min === max ? `exactly ${min}` : `${min} to ${max}`;
  throw invalidParameter(`input.media must hold ${wanted} ${what}, not ${count}.`);
}

function requireShortFilm(
  types: readonly string[],
  parameters: Fields,
  { longestWithFilm }: MediaModel,
): void {
  if (longestWithFilm === undefined || !types.includes('reference_video')) return;
  if (readNumber(parameters, 'duration', 5) <= longestWithFilm) return;
  throw invalidParameter(
    `parameters.duration must be at most ${longestWithFilm} with a reference_video.`,
  );
}
