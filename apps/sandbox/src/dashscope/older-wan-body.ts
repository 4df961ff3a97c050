import { readList, readNumber, readText, type Fields } from '../fields.js';
import { requireShape, type DashScopeBody } from './dashscope-body.js';
import { invalidParameter } from './dashscope-error.js';
import type { FilmJob } from './jobs.js';
import { GIVEN_FILM_SECONDS } from './media-address.js';
import { isFilm, olderWanModel, type OlderModel } from './older-wan-models.js';
import { shapeOfSize } from './wan-sizes.js';

/** Pure. @throws DashScopeError */
export function readOlderWanJob({ model, input, parameters }: DashScopeBody): FilmJob {
  const rules = olderWanModel(model);
  if (!rules) throw invalidParameter(`Model ${model} is none of this protocol.`);
  requireShape(input, rules.input, 'input.');
  requireShape(parameters, { optional: rules.parameters }, 'parameters.');
  requireShots(parameters);
  const prompt = readText(input, 'prompt');
  if (prompt.length > rules.maxPrompt) {
    // The vendor cuts it; a caller who is to be told so is told here.
    throw invalidParameter(`input.prompt must have at most ${rules.maxPrompt} characters.`);
  }
  return {
    kind: 'film',
    model,
    prompt,
    ...readShape(rules, parameters),
    ...lengths(model, input, parameters),
  };
}

function requireShots(parameters: Fields): void {
  if (parameters['shot_type'] === 'multi' && parameters['prompt_extend'] === false) {
    throw invalidParameter('parameters.shot_type multi needs prompt_extend.');
  }
}

function readShape(
  { parameters: known }: OlderModel,
  parameters: Fields,
): Pick<FilmJob, 'resolution' | 'size' | 'ratio'> {
  if (!known['size']) {
    return { resolution: readText(parameters, 'resolution', '1080P'), size: null, ratio: '16:9' };
  }
  const size = readText(parameters, 'size', '1920*1080');
  return { size, ...shapeOfSize(size) };
}

function lengths(
  model: string,
  input: Fields,
  parameters: Fields,
): Pick<FilmJob, 'duration' | 'inputDuration'> {
  const films = readList(input, 'reference_urls').filter(isFilm).length;
  return {
    duration: model.startsWith('wan2.2') ? 5 : readNumber(parameters, 'duration', 5),
    inputDuration: films * GIVEN_FILM_SECONDS,
  };
}
