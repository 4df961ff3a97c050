import { setTimeout as wait } from 'node:timers/promises';
import type { ObjectStore, UpstreamObject } from './object-store.js';

export interface ObjectWriterParts {
  readonly store: Pick<ObjectStore, 'record'>;
  /** Takes what the store did not take in time; it is stored later, and `stored` is told. Never throws. */
  readonly later: { add(object: UpstreamObject): void };
  /** How long an answer waits for the store; default 1 s. */
  readonly patienceMs?: number;
}

/**
 * Writes down whose new objects are. Who writes while another write is under way goes with the next one, so
 * many answers at once cost few statements. While the store is slow or away answers are not held up by it:
 * the rows go to `later`, and this process knows them meanwhile.
 */
export class ObjectWriter {
  private readonly waiting = new Map<string, UpstreamObject>();
  private batch: UpstreamObject[] = [];
  private next: Promise<void> | null = null;
  private current: Promise<unknown> = Promise.resolve();

  constructor(private readonly parts: ObjectWriterParts) {}

  /** What is known of it here alone, as long as it was not stored. */
  find(id: string): UpstreamObject | undefined {
    return this.waiting.get(id);
  }

  /** Resolves when they are stored, or when that took too long. */
  async write(objects: readonly UpstreamObject[]): Promise<void> {
    if (this.waiting.size > 0) return this.putOff(objects);
    const inTime = new AbortController();
    const tooLate = wait(this.parts.patienceMs ?? 1_000, false, { signal: inTime.signal });
    const written = this.join(objects).then(
      () => true,
      () => false,
    );
    const isStored = await Promise.race([written, tooLate.catch(() => false)]);
    inTime.abort();
    if (!isStored) this.putOff(objects);
  }

  /** `later` has stored these. */
  stored(objects: readonly UpstreamObject[]): void {
    for (const { id } of objects) this.waiting.delete(id);
  }

  private async join(objects: readonly UpstreamObject[]): Promise<void> {
    this.batch.push(...objects);
    this.next ??= this.writeNext();
    return await this.next;
  }

  private async writeNext(): Promise<void> {
    await this.current;
    const objects = this.batch;
    this.batch = [];
    this.next = null;
    const writing = this.parts.store.record(objects);
    this.current = writing.catch(() => undefined);
    await writing;
  }

  private putOff(objects: readonly UpstreamObject[]): void {
    for (const object of objects) {
      this.parts.later.add(object);
      this.waiting.set(object.id, object);
    }
    for (const id of this.waiting.keys()) {
      if (this.waiting.size <= MAX_WAITING) return;
      this.waiting.delete(id);
    }
  }
}

/** Some 30 MB; older ones are found again once they are stored. */
const MAX_WAITING = 100_000;
