import type { JsonObject } from '@app/providers';
import { InputFetcher } from '../input-fetcher.js';
import type { Task } from '../task.js';

/** Fills nothing in but a mark; `failure` is what it throws while it is set. */
export class FakeInputFetcher extends InputFetcher {
  failure: Error | null = null;

  override async fill({ request, media }: Task): Promise<JsonObject> {
    if (this.failure) throw this.failure;
    return { ...request, filled: media.length };
  }
}
