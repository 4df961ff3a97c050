import { setTimeout as delay } from 'node:timers/promises';
import type { Door } from '@app/outbound';
import { type OutputStore, sniffMediaType } from '@app/outputs';
import type { JsonObject, MediaKind, MediaSlot } from '@app/providers';
import { InputFetcher, InputUnavailableError } from '../input-fetcher.js';
import type { InputStore } from '../input.store.js';
import type { Task } from '../task.js';
import { fetchMedia } from './fetch-media.js';
import { inputIdOf } from './input-url.js';
import { MediaError } from './media-error.js';
import { placeInRequest } from './place-in-request.js';
import { readMedia } from './read-media.js';

export interface MediaFetcherParts {
  /** Where tenants' URLs are judged and dialled. */
  readonly door: Door;
  readonly inputs: InputStore;
  readonly objects: OutputStore;
  /** Before each further try, milliseconds; as many as there are tries after the first. */
  readonly pausesMs?: readonly number[];
  /** For all of a task's media together, default 120 000: the task holds a vendor's slot meanwhile. */
  readonly budgetMs?: number;
}

const BUDGET_MS = 120_000;

const PAUSES_MS = [500, 2_000];

interface Media {
  readonly bytes: Buffer;
  readonly mime: string;
}

/** Reads kept inputs from the output store and fetches the others through the tenants' door. */
export class MediaFetcher extends InputFetcher {
  constructor(private readonly parts: MediaFetcherParts) {
    super();
  }

  override async fill(task: Task, shutdown: AbortSignal): Promise<JsonObject> {
    let { request } = task;
    const budget = AbortSignal.timeout(this.parts.budgetMs ?? BUDGET_MS);
    const signal = AbortSignal.any([shutdown, budget]);
    // One after the other: all of them together may be more than fits.
    for (const slot of task.media) {
      const media = await this.bring(task, slot, signal).catch((error: unknown) => {
        if (!budget.aborted || shutdown.aborted) throw error;
        throw unavailable(slot, new MediaError('its server takes too long', false));
      });
      request = placeInRequest(request, slot.at, written(media, slot));
      if (slot.mimeAt !== undefined) request = placeInRequest(request, slot.mimeAt, media.mime);
    }
    return request;
  }

  private async bring(task: Task, slot: MediaSlot, signal: AbortSignal): Promise<Media> {
    const pauses = this.parts.pausesMs ?? PAUSES_MS;
    for (let attempt = 0; ; attempt += 1) {
      try {
        const bytes = await this.bytesOf(task, slot, signal);
        return { bytes, mime: await mimeOf(bytes, slot.kind) };
      } catch (error) {
        if (!(error instanceof MediaError)) throw error;
        const pause = error.transient ? pauses[attempt] : undefined;
        if (pause === undefined) throw unavailable(slot, error);
        await delay(pause, undefined, { signal });
      }
    }
  }

  private async bytesOf(task: Task, slot: MediaSlot, signal: AbortSignal): Promise<Buffer> {
    const { source, maxBytes } = slot;
    const inputId = inputIdOf(source);
    if (inputId === null)
      return await fetchMedia(this.parts.door, { url: source, maxBytes, signal });
    return await this.kept(task.tenantId, inputId, maxBytes);
  }

  private async kept(tenantId: string, inputId: string, maxBytes: number): Promise<Buffer> {
    const input = await this.parts.inputs.find(tenantId, inputId, new Date());
    const object = input && (await this.openObject(input.key));
    if (!object) throw new MediaError('it is not there, or has expired; upload it again', false);
    return await readMedia(object.body, maxBytes);
  }

  private async openObject(key: string) {
    try {
      return await this.parts.objects.open(key);
    } catch (cause) {
      throw new MediaError('the store of inputs cannot be read', true, { cause });
    }
  }
}

async function mimeOf(bytes: Buffer, kind: MediaKind): Promise<string> {
  const media = await sniffMediaType(bytes);
  if (media?.kind === kind) return media.mime;
  const found = media ? `it is ${media.mime}` : 'its bytes are no picture or video that is taken';
  throw new MediaError(`${ASKED[kind]} is needed; ${found}`, false);
}

const ASKED: Readonly<Record<MediaKind, string>> = {
  image: 'a PNG, JPEG, WebP, GIF or AVIF picture',
  video: 'an MP4, WebM or QuickTime video',
  audio: 'an MP3 or WAV sound',
};

function written({ bytes, mime }: Media, { as }: MediaSlot): string {
  const base64 = bytes.toString('base64');
  return as === 'base64' ? base64 : `data:${mime};base64,${base64}`;
}

function unavailable({ field, source }: MediaSlot, cause: MediaError): InputUnavailableError {
  return new InputUnavailableError(`${field} (${shown(source)}): ${cause.message}.`, { cause });
}

/** Without the query, which often is a password to the rest. */
function shown(source: string): string {
  const text = source.split(/[?#]/, 1)[0] ?? '';
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
