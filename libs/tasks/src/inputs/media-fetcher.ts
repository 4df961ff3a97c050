import { setTimeout as delay } from 'node:timers/promises';
import { type Door, OutboundError } from '@app/outbound';
import type { InputLinks, OutputStore } from '@app/outputs';
import type { JsonObject, MediaSlot } from '@app/providers';
import { InputFetcher, InputUnavailableError } from '../input-fetcher.js';
import type { InputObject, InputStore } from '../input.store.js';
import type { Task } from '../task.js';
import type { Vendors } from '../vendors.js';
import { fetchMedia } from './fetch-media.js';
import { inputIdOf } from './input-url.js';
import { judgeMedia } from './judge-media.js';
import { MediaError } from './media-error.js';
import { placeInRequest } from './place-in-request.js';
import { readMedia } from './read-media.js';
import { canOpen, placeOf, type VendorPlace } from './vendor-reach.js';

export interface MediaFetcherParts {
  /** Where tenants' URLs are judged and dialled. */
  readonly door: Door;
  readonly inputs: InputStore;
  readonly objects: OutputStore;
  /** For vendors that fetch kept inputs themselves. */
  readonly links: Pick<InputLinks, 'sign'>;
  readonly vendors: Pick<Vendors, 'baseUrlOf'>;
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
  /** What a vendor that fetches by itself is given. */
  readonly url: string;
}

/** One place to fill, and for which vendor. */
interface Order {
  readonly tenantId: string;
  readonly slot: MediaSlot;
  readonly vendor: VendorPlace;
  readonly signal: AbortSignal;
}

/**
 * Reads kept inputs from the output store and fetches the others through the tenants' door, also where
 * the vendor is given a URL in the end: what it could not use must not be paid for.
 */
export class MediaFetcher extends InputFetcher {
  constructor(private readonly parts: MediaFetcherParts) {
    super();
  }

  override async fill(task: Task, shutdown: AbortSignal): Promise<JsonObject> {
    let { request } = task;
    const budget = AbortSignal.timeout(this.parts.budgetMs ?? BUDGET_MS);
    const signal = AbortSignal.any([shutdown, budget]);
    const vendor = placeOf(this.parts.vendors.baseUrlOf(task.provider));
    // One after the other: all of them together may be more than fits.
    for (const slot of task.media) {
      const order = { tenantId: task.tenantId, slot, vendor, signal };
      const media = await this.bring(order).catch((error: unknown) => {
        if (!budget.aborted || shutdown.aborted) throw error;
        throw unavailable(slot, new MediaError('its server takes too long', false));
      });
      request = placeInRequest(request, slot.at, written(media, slot));
      if (slot.mimeAt !== undefined) request = placeInRequest(request, slot.mimeAt, media.mime);
    }
    return request;
  }

  private async bring(order: Order): Promise<Media> {
    const { slot, signal } = order;
    const pauses = this.parts.pausesMs ?? PAUSES_MS;
    for (let attempt = 0; ; attempt += 1) {
      try {
        const { bytes, url } = await this.fetch(order);
        return { bytes, url, mime: await judgeMedia(bytes, slot) };
      } catch (error) {
        if (!(error instanceof MediaError)) throw error;
        const pause = error.transient ? pauses[attempt] : undefined;
        if (pause === undefined) throw unavailable(slot, error);
        await delay(pause, undefined, { signal });
      }
    }
  }

  private async fetch(order: Order): Promise<Pick<Media, 'bytes' | 'url'>> {
    const { source, maxBytes, as } = order.slot;
    const inputId = inputIdOf(source);
    if (inputId !== null) return await this.kept(order, inputId);
    const { vendor, signal } = order;
    const publicOnly = as === 'url' && vendor === 'public';
    if (as === 'url' && !canOpen(vendor, source)) throw outOfReach(NOT_PUBLIC);
    try {
      const fetched = { url: source, maxBytes, signal, publicOnly };
      return { bytes: await fetchMedia(this.parts.door, fetched), url: source };
    } catch (error) {
      throw publicOnly && isRefusal(error) ? outOfReach(NOT_PUBLIC, error) : error;
    }
  }

  private async kept({ tenantId, slot, vendor }: Order, inputId: string) {
    const input = await this.parts.inputs.find(tenantId, inputId, new Date());
    const url = input && slot.as === 'url' ? this.linkTo(input, vendor) : '';
    const object = input && (await this.openObject(input.key));
    if (!object) throw new MediaError('it is not there, or has expired; upload it again', false);
    return { bytes: await readMedia(object.body, slot.maxBytes), url };
  }

  private linkTo({ id, expireAt }: InputObject, vendor: VendorPlace): string {
    const url = this.parts.links.sign(id, expireAt);
    if (canOpen(vendor, url)) return url;
    throw outOfReach(NO_PUBLIC_URL);
  }

  private async openObject(key: string) {
    try {
      return await this.parts.objects.open(key);
    } catch (cause) {
      throw new MediaError('the store of inputs cannot be read', true, { cause });
    }
  }
}

const NOT_PUBLIC =
  'the vendor fetches it by itself and cannot reach that address; ' +
  'give a URL on the public internet, or upload it (POST /v1/inputs)';

const NO_PUBLIC_URL =
  'the vendor fetches it by itself and cannot reach this gateway (its PUBLIC_URL is not on the ' +
  'public internet); give an https URL on the public internet, or have PUBLIC_URL set';

const outOfReach = (message: string, cause?: unknown): MediaError =>
  new MediaError(message, false, { cause });

const isRefusal = (error: unknown): boolean =>
  error instanceof MediaError &&
  error.cause instanceof OutboundError &&
  error.cause.kind === 'refused-address';

function written({ bytes, mime, url }: Media, { as }: MediaSlot): string {
  switch (as) {
    case 'url':
      return url;
    case 'base64':
      return bytes.toString('base64');
    case 'data-url':
      return `data:${mime};base64,${bytes.toString('base64')}`;
  }
}

function unavailable({ field, source }: MediaSlot, cause: MediaError): InputUnavailableError {
  return new InputUnavailableError(`${field} (${shown(source)}): ${cause.message}.`, { cause });
}

/** Without the query, which often is a password to the rest. */
function shown(source: string): string {
  const text = source.split(/[?#]/, 1)[0] ?? '';
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
