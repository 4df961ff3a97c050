import { listAt, numberAt, objectAt, present, textAt } from '../json.js';
import { parseSize, type PictureSize } from '../picture-size.js';
import type { JsonObject, ProviderContext, Submitted } from '../provider.js';
import { unreadable } from '../refusal.js';
import type { VendorAnswer } from '../vendor-call.js';
import { callDashscope } from './dashscope-call.js';
import { endpointOf } from './endpoint.js';
import { type AskedPictures, readPictures } from './read-pictures.js';
import { resolutionOfSize } from './wan-sizes.js';

/** One POST, whichever model: a task to look at later, or the pictures themselves. @throws ProviderError */
export async function submitJob(request: JsonObject, context: ProviderContext): Promise<Submitted> {
  const endpoint = endpointOf(textAt(request, 'model') ?? '');
  const answer = await callDashscope(context, { method: 'POST', body: request, ...endpoint });
  return endpoint.asTask ? readTask(answer, request) : readAtOnce(answer, request, context);
}

function readTask(answer: VendorAnswer, request: JsonObject): Submitted {
  const taskId = textAt(answer.body, 'output', 'task_id');
  if (taskId === undefined) throw unreadable(answer, 'a task id');
  return { state: 'accepted', handle: handleOfTask(taskId, request), vendorId: taskId };
}

function readAtOnce(
  answer: VendorAnswer,
  request: JsonObject,
  context: ProviderContext,
): Submitted {
  const done = readPictures(answer, askedOf(request), context);
  if (!done) throw unreadable(answer, 'a picture');
  return done;
}

/** What a check needs to know of a task: its id, and what to charge where the answer does not say. */
export function handleOfTask(taskId: string, request: JsonObject): JsonObject {
  const parameters = objectAt(request, 'parameters');
  const size = textAt(parameters, 'size');
  return present({
    taskId,
    model: textAt(request, 'model'),
    resolution: textAt(parameters, 'resolution') ?? resolutionOfSize(size ?? ''),
    duration: numberAt(parameters, 'duration'),
    size,
  });
}

function askedOf(request: JsonObject): AskedPictures {
  const parts = listAt(request, 'input', 'messages').flatMap((part) => listAt(part, 'content'));
  return {
    model: textAt(request, 'model') ?? '',
    n: numberAt(request, 'parameters', 'n') ?? 1,
    given: parts.filter((part) => textAt(part, 'text') === undefined).length,
    size: readSize(textAt(request, 'parameters', 'size')),
  };
}

/** `1664*928`, as this vendor writes it. */
export function readSize(text: string | undefined): PictureSize | undefined {
  return parseSize((text ?? '').replace('*', 'x'));
}
