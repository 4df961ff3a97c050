import { imageSize } from 'image-size';
import { readNumber, readText, type Fields } from '../fields.js';
import type { FluxModel } from './flux-models.js';

/** Pixels. */
export interface Measures {
  readonly width: number;
  readonly height: number;
}

/** What a picture is taken for that is a URL, or bytes that are no picture: nothing here fetches one. */
const UNREAD: Measures = { width: 1024, height: 1024 };

/** Of a picture in base64. */
export function measuresOfPicture(base64: string): Measures {
  try {
    const { width, height } = imageSize(Buffer.from(base64, 'base64'));
    return { width, height };
  } catch {
    return UNREAD;
  }
}

/** Pure. How large a picture the model makes of a body that is valid. */
export function measuresOf(model: FluxModel, body: Fields, first: Measures = UNREAD): Measures {
  switch (model.shapedBy) {
    case 'size':
      return {
        width: readNumber(body, 'width', UNREAD.width),
        height: readNumber(body, 'height', 'image_prompt' in model.optional ? 768 : UNREAD.height),
      };
    case 'ratio':
      return ofRatio(readText(body, 'aspect_ratio') || usualRatio(model, first), model.pixels);
    case 'picture':
      return {
        width: first.width + readNumber(body, 'left', 0) + readNumber(body, 'right', 0),
        height: first.height + readNumber(body, 'top', 0) + readNumber(body, 'bottom', 0),
      };
  }
}

/** Ultra is wide where nothing is said; Kontext follows the picture given. */
function usualRatio(model: FluxModel, { width, height }: Measures): string {
  return 'raw' in model.optional ? '16:9' : `${width}:${height}`;
}

const GRID = 16;

const onGrid = (length: number): number => Math.max(GRID, Math.floor(length / GRID) * GRID);

function ofRatio(ratio: string, pixels: number): Measures {
  const [across = 1, down = 1] = ratio.split(':').map(Number);
  return {
    width: onGrid(Math.sqrt((pixels * across) / down)),
    height: onGrid(Math.sqrt((pixels * down) / across)),
  };
}
