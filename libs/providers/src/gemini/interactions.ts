import { failedJob } from '../failed-job.js';
import { nonEmpty, numberAt, objectAt, textAt } from '../json.js';
import type {
  Checked,
  JsonObject,
  ProviderContext,
  SubmitContext,
  Submitted,
  Usage,
} from '../provider.js';
import { unreadable } from '../refusal.js';
import type { VendorAnswer } from '../vendor-call.js';
import { askGemini, callGemini } from './gemini-call.js';
import { geminiError, isAboutKey } from './gemini-error.js';
import { fetchFilm, type Film } from './gemini-file.js';
import { filmUsage } from './gemini-price.js';
import { readUnfinished, readWithoutFilm } from './interaction-end.js';
import { filmsOf, filmsOfStream } from './interaction-films.js';

/** The hook's address names the submit, so that a lost answer still tells its interaction. */
export async function submitInteraction(
  request: JsonObject,
  context: SubmitContext,
): Promise<Submitted> {
  const body = objectAt(request, 'body');
  const { hookUrl, attemptId } = context;
  const hook = { uris: [hookUrl], user_metadata: { attempt: attemptId } };
  const answer = await callGemini(context, {
    method: 'POST',
    path: 'interactions',
    body: hookUrl === null ? body : { ...body, webhook_config: hook },
  });
  const id = textAt(answer.body, 'id');
  if (id === undefined) throw unreadable(answer, 'an interaction id');
  const { quantity, costNanoUsd } = usageOf(body);
  return {
    state: 'accepted',
    handle: { interaction: id, seconds: quantity, costNanoUsd },
    vendorId: id,
  };
}

export async function checkInteraction(
  handle: JsonObject,
  context: ProviderContext,
): Promise<Checked> {
  const path = pathOf(handle);
  const answer = await callGemini(context, { method: 'GET', path });
  const status = textAt(answer.body, 'status');
  if (status === undefined) throw unreadable(answer, 'a status');
  if (status !== 'completed') return readUnfinished(status, answer);
  const inline = filmsOf(answer.body);
  const films = inline.length > 0 ? inline : await replayedFilms(path, context);
  return await collect(films, answer, handle, context);
}

/** Where the answer lacks the film, the stream of its making still tells it. */
async function replayedFilms(path: string, context: ProviderContext): Promise<readonly Film[]> {
  const { body } = await callGemini(context, {
    method: 'GET',
    path: `${path}?stream=true`,
    accept: 'text/event-stream',
  });
  return filmsOfStream(body);
}

async function collect(
  films: readonly Film[],
  answer: VendorAnswer,
  handle: JsonObject,
  context: ProviderContext,
): Promise<Checked> {
  const fetched = await Promise.all(films.map(async (film) => await fetchFilm(film, context)));
  if (fetched.some(({ state }) => state === 'not-yet')) return { state: 'running' };
  const outputs = nonEmpty(fetched.flatMap((one) => (one.state === 'here' ? [one.output] : [])));
  const losses = fetched.flatMap((one) => (one.state === 'lost' ? [one.reason] : []));
  if (outputs) {
    const failures = losses.map((message) => ({ code: 'TASK_FAILED', message }) as const);
    const usage = usageIn(handle) ?? usageOf(answer.body);
    return { state: 'done', outputs, usage, ...(failures.length === 0 ? {} : { failures }) };
  }
  const [reason] = losses;
  if (reason === undefined) return readWithoutFilm(answer);
  return failedJob(answer, { message: `the film cannot be had: ${reason}`, mayBeCharged: true });
}

/** `400` where there is nothing left to stop. */
export async function cancelInteraction(
  handle: JsonObject,
  context: ProviderContext,
): Promise<'stopped' | 'too-late'> {
  const answer = await askGemini(context, {
    method: 'POST',
    path: `${pathOf(handle)}/cancel`,
  });
  const { status } = answer;
  if ((status === 400 && !isAboutKey(answer)) || status === 409) return 'too-late';
  if (status !== 200) throw geminiError(answer);
  return textAt(answer.body, 'status') === 'completed' ? 'too-late' : 'stopped';
}

const pathOf = (handle: JsonObject): string =>
  `interactions/${encodeURIComponent(textAt(handle, 'interaction') ?? '')}`;

/** Absent where a hook told the job: the interaction itself repeats what was asked for. */
function usageIn(handle: JsonObject): Usage | undefined {
  const seconds = numberAt(handle, 'seconds');
  if (seconds === undefined) return undefined;
  const costNanoUsd = numberAt(handle, 'costNanoUsd') ?? null;
  return { unit: 'second', quantity: seconds, costNanoUsd, isEstimated: true };
}

/** Of a request, or of an interaction that repeats it: `response_format.duration` is `"5s"`. */
function usageOf(asked: unknown): Usage {
  const seconds = Number.parseInt(textAt(asked, 'response_format', 'duration') ?? '', 10);
  return filmUsage(textAt(asked, 'model') ?? '', Number.isNaN(seconds) ? 0 : seconds, {
    resolution: textAt(asked, 'response_format', 'resolution') ?? '',
  });
}
