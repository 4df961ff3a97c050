import type { Model } from '../model.js';
import { compatibleImageModel } from './image-model.js';
import type { NamedModel } from './named-model.js';
import { compatibleVideoModel } from './video-model.js';

export const IMAGE_MODELS = 'OPENAI_COMPATIBLE_IMAGE_MODELS';
export const VIDEO_MODELS = 'OPENAI_COMPATIBLE_VIDEO_MODELS';

/** Pure. The models of both variables. @throws Error in one line that names the variable */
export function configuredModels(variables: {
  text(name: string): string | undefined;
}): readonly Model[] {
  const images = namesIn(IMAGE_MODELS, variables.text(IMAGE_MODELS)).map(compatibleImageModel);
  const videos = namesIn(VIDEO_MODELS, variables.text(VIDEO_MODELS)).map(compatibleVideoModel);
  return [...images, ...videos];
}

function namesIn(namedBy: string, text = ''): readonly NamedModel[] {
  const names = text.split(',').map((name) => name.trim());
  return names.filter((name) => name !== '').map((name) => named(name, namedBy));
}

/** No slash: a model of the catalog is named without a vendor. Dots and dashes are alike there. */
const NAME = /^[a-z0-9][a-z0-9._-]{0,99}$/i;

function named(vendorModel: string, namedBy: string): NamedModel {
  if (NAME.test(vendorModel)) {
    return { id: vendorModel.toLowerCase().replaceAll('.', '-'), vendorModel, namedBy };
  }
  const shown = vendorModel.length > 60 ? `${vendorModel.slice(0, 60)}…` : vendorModel;
  throw new Error(
    `${namedBy}: "${shown}" is no name of a model; write letters, digits, dots, dashes and underscores, 100 at most, several with commas`,
  );
}
