import { listAt, nonEmpty, textAt } from '../json.js';
import { parseSize } from '../picture-size.js';
import type {
  JsonObject,
  ResultFailure,
  SubmitContext,
  Submitted,
  VendorOutput,
} from '../provider.js';
import { unreadable } from '../refusal.js';
import type { VendorAnswer } from '../vendor-call.js';
import { callArk, LINK_LIFE_MS } from './ark-call.js';
import { arkRefusal, faultAt, isModerationCode } from './ark-error.js';
import { vendorModelAt } from './ark-platform.js';
import { LARGE_PIXELS, pictureUsage } from './ark-price.js';

/** The answer holds the links; what could not be made has an `error` in its place. Only pictures are billed. */
export async function submitSeedream(
  request: JsonObject,
  context: SubmitContext,
): Promise<Submitted> {
  const model = textAt(request, 'model') ?? '';
  const answer = await callArk(context, {
    method: 'POST',
    path: '/images/generations',
    requestId: context.attemptId,
    body: { ...request, model: vendorModelAt(context.baseUrl, model) },
  });
  const items = listAt(answer.body, 'data');
  const pictures = items.filter((item) => readPicture(item) !== undefined);
  const outputs = nonEmpty(pictures.flatMap((item) => readPicture(item) ?? []));
  if (!outputs) throw nothingMade(answer);
  const failures = items.flatMap((item) => readFailure(item, answer) ?? []);
  const usage = pictureUsage(
    {
      vendorModel: model,
      areLarge: pictures.map((item) => isLarge(item, request)),
      inputs: listAt(request, 'image').length,
    },
    context.baseUrl,
  );
  return { state: 'done', outputs, usage, ...(failures.length === 0 ? {} : { failures }) };
}

function readPicture(item: unknown): VendorOutput | undefined {
  const url = textAt(item, 'url');
  if (url !== undefined) return { from: 'url', url, expiresAt: Date.now() + LINK_LIFE_MS };
  const bytes = Buffer.from(textAt(item, 'b64_json') ?? '', 'base64');
  return bytes.length > 0 ? { from: 'bytes', bytes } : undefined;
}

/** An item that is neither a picture nor says why. */
const NO_REASON = 'the picture did not come, and no reason either';

function readFailure(item: unknown, answer: VendorAnswer): ResultFailure | undefined {
  if (readPicture(item) !== undefined) return undefined;
  const { code, message } = faultAt(item, 'error');
  return {
    code: isModerationCode(code) ? 'CONTENT_REJECTED' : 'TASK_FAILED',
    message: `${answer.vendor}: ${answer.clean(message ?? NO_REASON)}`,
    ...(code === undefined ? {} : { providerCode: answer.clean(code) }),
  };
}

/** A 200 without a picture: by the reason of the first, or of the whole, where one is given. */
function nothingMade(answer: VendorAnswer): Error {
  const faults = [faultAt(answer.body, 'data', 0, 'error'), faultAt(answer.body, 'error')];
  const told = faults.find(({ code }) => code !== undefined);
  return told ? arkRefusal(answer, told) : unreadable(answer, 'a picture');
}

/** By the size that came, else by the one that was asked for; a class other than 1K is large. */
function isLarge(item: unknown, request: JsonObject): boolean {
  const told = textAt(item, 'size')?.replace('×', 'x');
  const asked = textAt(request, 'size') ?? '';
  const size = parseSize(told ?? '') ?? parseSize(asked);
  return size ? size.width * size.height > LARGE_PIXELS : asked !== '1K';
}
