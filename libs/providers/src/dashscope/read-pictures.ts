import { at, listAt, nonEmpty, numberAt, textAt } from '../json.js';
import type { PictureSize } from '../picture-size.js';
import type { Done, ProviderContext, ResultFailure, VendorOutput } from '../provider.js';
import type { VendorAnswer } from '../vendor-call.js';
import { RESULT_LIFE_MS } from './dashscope-call.js';
import { kindOfCode } from './dashscope-error.js';
import { pictureUsage } from './dashscope-price.js';
import { hasInternationalPrices } from './region.js';

/** The order behind an answer: how many pictures, out of how many, of which size. */
export interface AskedPictures {
  readonly model: string;
  readonly n: number;
  readonly given: number;
  readonly size: PictureSize | undefined;
}

/**
 * The pictures of an answer, whichever shape it has: parts of one message, several choices, or the
 * `results` of a task, some of which may be failures. Undefined where there is not one picture.
 */
export function readPictures(
  answer: VendorAnswer,
  asked: AskedPictures,
  context: Pick<ProviderContext, 'baseUrl'>,
): Done | undefined {
  const links = linksIn(answer.body);
  const outputs = nonEmpty(links.map(asOutput));
  if (!outputs) return undefined;
  const pictures = numberAt(answer.body, 'usage', 'image_count') ?? outputs.length;
  const usage = pictureUsage(asked.model, { pictures, given: asked.given, size: asked.size });
  const failures = failuresOf(answer, asked.n - outputs.length);
  return {
    state: 'done',
    outputs,
    usage: hasInternationalPrices(context.baseUrl) ? usage : { ...usage, costNanoUsd: null },
    ...(failures.length === 0 ? {} : { failures }),
  };
}

function linksIn(body: unknown): readonly string[] {
  const parts = listAt(body, 'output', 'choices').flatMap((choice) =>
    listAt(at(choice, 'message'), 'content'),
  );
  return [
    ...parts.map((part) => textAt(part, 'image')),
    ...listAt(body, 'output', 'results').map((result) => textAt(result, 'url')),
  ].filter((url) => url !== undefined);
}

const asOutput = (url: string): VendorOutput => ({
  from: 'url',
  url,
  expiresAt: Date.now() + RESULT_LIFE_MS,
});

/** Those that say why, then those that are just not there. */
function failuresOf(answer: VendorAnswer, missing: number): readonly ResultFailure[] {
  const told = toldFailures(answer);
  const silent = Array.from({ length: Math.max(0, missing - told.length) }, () => SILENT);
  return [...told, ...silent];
}

const SILENT: ResultFailure = {
  code: 'TASK_FAILED',
  message: 'DashScope made fewer pictures than were asked for, and did not say why',
};

/** Results that came to nothing, as the vendor words them. */
export function toldFailures(answer: VendorAnswer): readonly ResultFailure[] {
  return listAt(answer.body, 'output', 'results').flatMap((result) => {
    const [code, message] = [textAt(result, 'code'), textAt(result, 'message')];
    if (code === undefined || textAt(result, 'url') !== undefined) return [];
    const isContent = kindOfCode(code, message) === 'content';
    return {
      code: isContent ? ('CONTENT_REJECTED' as const) : ('TASK_FAILED' as const),
      message: `${answer.vendor}: ${answer.clean(message ?? 'the picture failed without a reason')}`,
      providerCode: answer.clean(code),
    };
  });
}
