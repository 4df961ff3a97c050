import { failedJob } from '../failed-job.js';
import { operationFault } from '../google-operation.js';
import { at, listAt, nonEmpty, numberAt, objectAt, textAt } from '../json.js';
import type {
  Checked,
  JsonObject,
  ProviderContext,
  ResultFailure,
  Submitted,
} from '../provider.js';
import { unreadable } from '../refusal.js';
import type { VendorAnswer } from '../vendor-call.js';
import { callGemini } from './gemini-call.js';
import { fetchFilm, type Film } from './gemini-file.js';

export async function submitVeoPreview(
  request: JsonObject,
  context: ProviderContext,
): Promise<Submitted> {
  const model = textAt(request, 'model') ?? '';
  const answer = await callGemini(context, {
    method: 'POST',
    path: `models/${encodeURIComponent(model)}:predictLongRunning`,
    body: objectAt(request, 'body'),
  });
  const operation = textAt(answer.body, 'name');
  if (operation === undefined || !OPERATION.test(operation)) {
    throw unreadable(answer, 'an operation name');
  }
  return {
    state: 'accepted',
    handle: { operation, ...objectAt(request, 'priced') },
    vendorId: operation.slice(operation.lastIndexOf('/') + 1),
  };
}

/** `models/veo-3.1-generate-preview/operations/abc`; it becomes a part of a path, so nothing else is taken. */
const OPERATION = /^[\w-][\w.:-]*(\/[\w-][\w.:-]*){1,9}$/;

/** Running until `done`; then an error, films, or nothing but the filter's reasons. */
export async function checkVeoPreview(
  handle: JsonObject,
  context: ProviderContext,
): Promise<Checked> {
  const path = textAt(handle, 'operation') ?? '';
  const answer = await callGemini(context, { method: 'GET', path });
  const { body } = answer;
  const error = at(body, 'error') ?? undefined;
  if (error !== undefined) return failedJob(answer, operationFault(error));
  if (at(body, 'done') !== true) {
    if (textAt(body, 'name') === undefined) throw unreadable(answer, 'an operation');
    return { state: 'running' };
  }
  const told = at(body, 'response', 'generateVideoResponse');
  const films = listAt(told, 'generatedSamples').map(readFilm);
  return films.length === 0
    ? withheld(answer, told)
    : await collect(films, { answer, told, handle, context });
}

interface Looked {
  readonly answer: VendorAnswer;
  readonly told: unknown;
  readonly handle: JsonObject;
  readonly context: ProviderContext;
}

async function collect(
  films: readonly (Film | undefined)[],
  { answer, told, handle, context }: Looked,
): Promise<Checked> {
  const fetched = await Promise.all(
    films.map(async (film) => (film ? await fetchFilm(film, context) : NO_ADDRESS)),
  );
  if (fetched.some(({ state }) => state === 'not-yet')) return { state: 'running' };
  const outputs = nonEmpty(fetched.flatMap((one) => (one.state === 'here' ? [one.output] : [])));
  const lost = fetched.flatMap((one) => (one.state === 'lost' ? [one.reason] : []));
  if (!outputs) {
    return failedJob(answer, {
      message: `the film cannot be had: ${lost[0] ?? 'it is not there'}`,
      mayBeCharged: true,
    });
  }
  const failures: readonly ResultFailure[] = [
    ...lost.map((message) => ({ code: 'TASK_FAILED', message }) as const),
    ...reasonsIn(told).map((reason) => {
      return { code: 'CONTENT_REJECTED', message: answer.clean(reason) } as const;
    }),
  ];
  // A film that cannot be had was made, and is charged; what the filter withheld is not.
  const seconds = numberAt(handle, 'seconds') ?? 0;
  const cost = numberAt(handle, 'costNanoUsd');
  return {
    state: 'done',
    outputs,
    usage: {
      unit: 'second',
      quantity: seconds * films.length,
      costNanoUsd: cost === undefined ? null : cost * films.length,
      isEstimated: true,
    },
    ...(failures.length === 0 ? {} : { failures }),
  };
}

const NO_ADDRESS = {
  state: 'lost',
  reason: 'it came without bytes and without an address',
} as const;

/** A link of the Files API; compatible hosts put the bytes in. */
function readFilm(sample: unknown): Film | undefined {
  const video = at(sample, 'video');
  const encoded = textAt(video, 'encodedVideo') ?? textAt(video, 'bytesBase64Encoded') ?? '';
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.length > 0) return { bytes };
  const uri = textAt(video, 'uri');
  return uri === undefined ? undefined : { uri };
}

/** Done without an error and without a film is what the filter leaves, whether or not it says so. */
function withheld(answer: VendorAnswer, told: unknown): Checked {
  return failedJob(answer, {
    code: 'CONTENT_REJECTED',
    message: `its filter withheld every film. ${reasonsIn(told).join(' ')}`,
  });
}

/** A reason for each film that was withheld. */
function reasonsIn(told: unknown): readonly string[] {
  const reasons = listAt(told, 'raiMediaFilteredReasons').filter((one) => typeof one === 'string');
  const count = Math.max(numberAt(told, 'raiMediaFilteredCount') ?? 0, reasons.length);
  return Array.from(
    { length: Math.min(count, 4) },
    (_, index) => reasons[index] ?? 'its filter withheld the film',
  );
}
