import {
  anything,
  boolean,
  checkFields,
  integer,
  isFields,
  oneOf,
  readNumber,
  readText,
  text,
  textMatching,
  type Check,
  type Fields,
  type Shape,
} from '../fields.js';
import { invalidParameter, missingParameter, modelNotFound } from './ark-error.js';
import { readContent, type FilmContent } from './film-content.js';
import { filmModel, RATIOS, type FilmModel } from './film-models.js';
import { readTextCommands } from './text-commands.js';

export interface FilmJob {
  readonly name: string;
  readonly model: FilmModel;
  readonly prompt: string;
  readonly resolution: string;
  /** One of the six: what the film has in the end. */
  readonly ratio: (typeof RATIOS)[number];
  /** Seconds. */
  readonly duration: number;
  readonly seed: number;
  readonly sound: boolean;
  readonly serviceTier: string;
  readonly expiresAfterSeconds: number;
  readonly lastFrame: boolean;
  readonly draft: boolean;
  readonly callbackUrl: string | null;
  readonly safetyIdentifier: string | null;
  /** What the vendor finds wrong only once the task runs. */
  readonly lateFault: string | null;
}

/** Pure. @throws ArkError naming the first parameter that is wrong */
export function readFilmJob(body: unknown): FilmJob {
  const given = withoutNulls(body);
  const name = readText(given, 'model');
  if (name === '') throw missingParameter('model');
  const model = filmModel(name);
  if (!model) throw modelNotFound(name);
  const content = readContent(given['content'], model);
  const isFirst = model.generation.startsWith('1');
  const fields = { ...given, ...(isFirst ? readTextCommands(content.prompt) : {}) };
  const [problem] = checkFields(fields, shapeOf(model, content));
  if (problem) throw invalidParameter(problem.field, `it ${problem.message}`);
  requireCombinations(fields, model, content);
  return { name, model, prompt: content.prompt, ...settingsOf(fields, model, content) };
}

/** The vendor's own SDK sends null for what was not given. */
function withoutNulls(body: unknown): Fields {
  if (!isFields(body)) throw invalidParameter('body', 'it must be an object');
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
}

const seconds = ({ seconds: [min, max], generation }: FilmModel): Check => {
  const inRange = integer(min, max);
  // -1: as long as the model finds right.
  return (value) => (value === -1 && generation !== '1.0' ? null : inRange(value));
};

function shapeOf(model: FilmModel, content: FilmContent): Shape {
  const isFirst = model.generation.startsWith('1');
  return {
    required: { model: text(200), content: anything },
    optional: {
      resolution: oneOf(...model.resolutions),
      ratio: oneOf(...RATIOS, 'adaptive'),
      duration: seconds(model),
      watermark: boolean,
      return_last_frame: boolean,
      service_tier: model.generation.startsWith('2') ? oneOf('default') : oneOf('default', 'flex'),
      execution_expires_after: integer(3600, 259_200),
      callback_url: textMatching(/^https?:\/\/./, 'an http(s) URL'),
      safety_identifier: text(64),
      priority: integer(0, 9),
      ...(model.generation === '1.0' ? { frames: integer(29, 289) } : { generate_audio: boolean }),
      ...(isFirst ? { seed: integer(-1, 4_294_967_295) } : { tools: anything }),
      ...(isFirst && content.references.image === 0 ? { camera_fixed: boolean } : {}),
      ...(model.generation === '1.5' ? { draft: boolean } : {}),
    },
  };
}

function requireCombinations(fields: Fields, model: FilmModel, content: FilmContent): void {
  const { generation } = model;
  if (generation === '1.0' && fields['ratio'] === 'adaptive' && content.frames === 0) {
    throw invalidParameter('ratio', 'adaptive is only supported for image to video');
  }
  if (generation === '1.0' && content.references.image > 0 && fields['resolution'] === '1080p') {
    throw invalidParameter('resolution', 'reference images do not support 1080p');
  }
  if (fields['draft'] === true && fields['resolution'] !== '480p') {
    throw invalidParameter('resolution', 'a draft is made in 480p');
  }
}

function settingsOf(
  fields: Fields,
  model: FilmModel,
  content: FilmContent,
): Omit<FilmJob, 'name' | 'model' | 'prompt'> {
  const frames = readNumber(fields, 'frames', 0);
  const asked = readNumber(fields, 'duration', 5);
  const duration = frames > 0 ? Math.floor(frames / 24) : asked === -1 ? 5 : asked;
  const ratio = readText(fields, 'ratio', content.frames > 0 ? 'adaptive' : '16:9');
  const isLate = model.generation === '2.5' && content.frames > 0 && ratio !== 'adaptive';
  return {
    resolution: readText(fields, 'resolution', model.generation === '1.0' ? '1080p' : '720p'),
    ratio: RATIOS.find((one) => one === ratio) ?? '16:9',
    duration,
    seed: readNumber(fields, 'seed', -1),
    sound: model.generation !== '1.0' && fields['generate_audio'] !== false,
    serviceTier: readText(fields, 'service_tier', 'default'),
    expiresAfterSeconds: readNumber(fields, 'execution_expires_after', 172_800),
    lastFrame: fields['return_last_frame'] === true,
    draft: fields['draft'] === true,
    callbackUrl: readText(fields, 'callback_url') || null,
    safetyIdentifier: readText(fields, 'safety_identifier') || null,
    lateFault: isLate ? 'ratio must be adaptive when a first frame is given' : null,
  };
}
