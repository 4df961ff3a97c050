import type { Readable } from 'node:stream';
import type { OutputLink, StoredFacts, TaskDetail, TaskOutput } from '@app/tasks';
import type { ImageFormat } from './image-input.js';

export interface ImageAnswer {
  readonly detail: TaskDetail;
  readonly format: ImageFormat;
  readonly link: OutputLink;
  readonly now: Date;
}

/** A text as it is, or a picture that is sent in base64. */
export type Part = string | StoredFacts;

interface Picture {
  readonly output: TaskOutput;
  readonly stored: StoredFacts;
}

/** The pictures that can still be had. */
export const picturesOf = ({ outputs }: TaskDetail, now: Date): readonly Picture[] =>
  outputs.flatMap((output) =>
    output.stored && output.expireAt > now ? [{ output, stored: output.stored }] : [],
  );

/** `{created, …, data: [{b64_json}]}`. */
export function imageJson(answer: ImageAnswer): readonly Part[] {
  const { detail, now } = answer;
  const pictures = picturesOf(detail, now);
  const head = { created: createdOf(detail), ...commonOf(pictures) };
  const data = pictures.flatMap((picture, index): Part[] => [
    index === 0 ? '{' : ',{',
    ...valueOf(picture, answer),
    '}',
  ]);
  return [`${JSON.stringify(head).slice(0, -1)},"data":[`, ...data, ']}'];
}

/** One `completed` event for each picture. */
export function imageEvents(
  type: 'image_generation.completed' | 'image_edit.completed',
  answer: ImageAnswer,
): readonly Part[] {
  const { detail, now } = answer;
  const { quality = 'auto', background = 'auto' } = detail.task.input;
  return picturesOf(detail, now).flatMap((picture): Part[] => {
    const about = { type, created_at: createdOf(detail), quality, background };
    const head = JSON.stringify({ ...about, ...commonOf([picture]) }).slice(0, -1);
    return [`event: ${type}\ndata: ${head},`, ...valueOf(picture, answer), '}\n\n'];
  });
}

function valueOf({ output, stored }: Picture, { format, link }: ImageAnswer): readonly Part[] {
  if (format === 'b64_json') return ['"b64_json":"', stored, '"'];
  return [`"url":${JSON.stringify(link(output.id, output.expireAt))}`];
}

/** How many bytes the parts are when they are sent. */
export function lengthOf(parts: readonly Part[]): number {
  const lengths = parts.map((part) =>
    typeof part === 'string' ? Buffer.byteLength(part) : Math.ceil(part.bytes / 3) * 4,
  );
  return lengths.reduce((sum, length) => sum + length, 0);
}

/** The pictures come out of the store while they are sent, so that none is ever whole in memory. */
export async function* sent(
  parts: readonly Part[],
  open: (facts: StoredFacts) => Promise<Readable>,
): AsyncGenerator<string> {
  for (const part of parts) {
    if (typeof part === 'string') yield part;
    else yield* base64Of(await open(part));
  }
}

/** Three bytes are four characters, so what is left of a piece waits for the next. */
async function* base64Of(bytes: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let left: Buffer = Buffer.alloc(0);
  for await (const chunk of bytes) {
    const all = left.length === 0 ? chunk : Buffer.concat([left, chunk]);
    const whole = all.length - (all.length % 3);
    if (whole > 0) yield all.toString('base64', 0, whole);
    left = all.subarray(whole);
  }
  if (left.length > 0) yield left.toString('base64');
}

const createdOf = ({ task }: TaskDetail): number =>
  Math.floor((task.completedAt ?? task.createdAt).getTime() / 1000);

/** What all pictures have in common, as far as it is known. */
function commonOf(pictures: readonly Picture[]): {
  readonly output_format?: string;
  readonly size?: string;
} {
  const formats = new Set(pictures.map(({ stored }) => stored.mime.replace(/^image\//, '')));
  const sizes = new Set(pictures.map(({ stored }) => sizeOf(stored)));
  const [format] = formats;
  const [size = null] = sizes;
  return {
    ...(formats.size === 1 && format !== undefined && { output_format: format }),
    ...(sizes.size === 1 && size !== null && { size }),
  };
}

/** `WxH`; null where it could not be measured. */
export const sizeOf = ({ width, height }: Pick<StoredFacts, 'width' | 'height'>): string | null =>
  width === null || height === null ? null : `${width}x${height}`;
