import type { Readable } from 'node:stream';
import type { OutputLink, StoredFacts, TaskDetail, TaskOutput } from '@app/tasks';
import type { ImageFormat } from './image-input.js';

/** Opens the bytes of an output. @throws when they are gone */
export type OpenStored = (facts: StoredFacts) => Promise<Readable>;

export interface ImageAnswer {
  readonly detail: TaskDetail;
  readonly format: ImageFormat;
  readonly open: OpenStored;
  readonly link: OutputLink;
}

interface Picture {
  readonly output: TaskOutput;
  readonly stored: StoredFacts;
}

/** The pictures that can still be had. */
export const picturesOf = ({ outputs }: TaskDetail, now: Date): readonly Picture[] =>
  outputs.flatMap((output) =>
    output.stored && output.expireAt > now ? [{ output, stored: output.stored }] : [],
  );

/**
 * `{created, …, data: [{b64_json}]}` piece by piece: the pictures come out of the store while it is
 * sent, so that none is ever whole in memory.
 */
export async function* imageJson(answer: ImageAnswer, now: Date): AsyncGenerator<string> {
  const { detail } = answer;
  const pictures = picturesOf(detail, now);
  const head = { created: createdOf(detail), ...commonOf(pictures) };
  yield `${JSON.stringify(head).slice(0, -1)},"data":[`;
  for (const [index, picture] of pictures.entries()) {
    if (index > 0) yield ',';
    yield '{';
    yield* valueOf(picture, answer);
    yield '}';
  }
  yield ']}';
}

/** One `completed` event for each picture. */
export async function* imageEvents(
  type: 'image_generation.completed' | 'image_edit.completed',
  answer: ImageAnswer,
  now: Date,
): AsyncGenerator<string> {
  const { detail } = answer;
  const { quality = 'auto', background = 'auto' } = detail.task.input;
  for (const picture of picturesOf(detail, now)) {
    const about = { type, created_at: createdOf(detail), quality, background };
    const head = JSON.stringify({ ...about, ...commonOf([picture]) }).slice(0, -1);
    yield `event: ${type}\ndata: ${head},`;
    yield* valueOf(picture, answer);
    yield '}\n\n';
  }
}

async function* valueOf(
  { output, stored }: Picture,
  { format, open, link }: ImageAnswer,
): AsyncGenerator<string> {
  if (format === 'url') {
    yield `"url":${JSON.stringify(link(output.id, output.expireAt))}`;
    return;
  }
  yield '"b64_json":"';
  yield* base64Of(await open(stored));
  yield '"';
}

/** Three bytes are four characters, so what is left of a piece waits for the next. */
export async function* base64Of(bytes: AsyncIterable<Buffer>): AsyncGenerator<string> {
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
  const sizes = new Set(pictures.map(({ stored }) => `${stored.width}x${stored.height}`));
  const [format] = formats;
  const [size] = sizes;
  return {
    ...(formats.size === 1 && format !== undefined && { output_format: format }),
    ...(sizes.size === 1 && size !== undefined && !size.includes('null') && { size }),
  };
}
