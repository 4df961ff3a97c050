import { randomUUID } from 'node:crypto';
import { readLines, toLines } from './row-lines.js';
import type { SpoolFiles } from './spool-files.js';

export interface SpoolOptions {
  /** What its files begin with; spools of one name hold rows of one kind. */
  readonly name: string;
  /** All segments together; beyond it nothing is taken. */
  readonly maxBytes: number;
  /** A segment that was not touched for so long belongs to a process that is gone. */
  readonly leaseMs: number;
}

/** Rows of one segment, to be stored and then removed. */
export interface SpooledRows {
  readonly segment: string;
  readonly rows: readonly unknown[];
  /** Lines that a crash tore. */
  readonly unreadable: number;
}

const SEGMENT_BYTES = 8 * 1024 * 1024;

/**
 * Rows on disk until their store takes them, in segments: files that belong to one process each. Its
 * owner touches what it has; what was not touched for `leaseMs` is adopted by renaming it, which one
 * process alone can win.
 *
 * No lock is needed for that to be safe, which matters since a process may be stopped for longer than
 * any lease. An owner that has appended looks whether its file still has its name. If so, an adopter
 * can only read it later, with those rows in it. If not, they are appended again, to a new segment:
 * rows are idempotent where they go, so twice does no harm.
 */
export class Spool {
  private readonly owner = randomUUID();
  /** Oldest first; the last one is written to while `isOpen`. */
  private segments: { readonly name: string; bytes: number }[] = [];
  private isOpen = false;
  private sequence = 0;
  private appending: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly files: SpoolFiles,
    private readonly options: SpoolOptions,
  ) {}

  get isEmpty(): boolean {
    return this.segments.length === 0;
  }

  get bytes(): number {
    return this.segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** On the disk when it returns true; false when there is no room. Not to be called twice at once. */
  async append(rows: readonly unknown[]): Promise<boolean> {
    const text = toLines(rows);
    const bytes = Buffer.byteLength(text);
    if (this.bytes + bytes > this.options.maxBytes) return false;
    const appending = this.appendText(text, bytes);
    this.appending = appending.catch(() => undefined);
    await appending;
    return true;
  }

  /** The oldest segment, or null when there is none. What is appended from now on goes to another one. */
  async oldest(): Promise<SpooledRows | null> {
    for (;;) {
      const [segment] = this.segments;
      if (!segment) return null;
      // Closed before anything is waited for: an append that begins meanwhile goes elsewhere, not to what is read here.
      if (this.segments.length === 1) this.isOpen = false;
      await this.settled();
      const text = await this.files.read(segment.name);
      if (text !== null) return { segment: segment.name, ...readLines(text) };
      // Somebody adopted it.
      this.forget(segment.name);
    }
  }

  async remove(segment: string): Promise<void> {
    await this.files.remove(segment);
    this.forget(segment);
  }

  /** Keeps what is ours and takes over what nobody has. Returns how many segments that were. */
  async adopt(now: Date): Promise<number> {
    for (const { name } of this.segments) await this.files.touch(name, now);
    const before = now.getTime() - this.options.leaseMs;
    const listed = await this.files.list(`${this.options.name}.`);
    const abandoned = listed
      .filter(({ name, touchedAt }) => !this.owns(name) && touchedAt.getTime() <= before)
      .toSorted(
        (a, b) => a.touchedAt.getTime() - b.touchedAt.getTime() || (a.name < b.name ? -1 : 1),
      );
    let adopted = 0;
    for (const { name, bytes } of abandoned) {
      const own = this.nextName();
      if (!(await this.files.rename(name, own))) continue;
      await this.files.touch(own, now);
      // Before ours: its rows are older, and ours may be open.
      this.segments.splice(adopted++, 0, { name: own, bytes });
    }
    return adopted;
  }

  /** Gives up what is left, so that the next process takes it over at once. */
  async release(): Promise<void> {
    await this.settled();
    for (const { name } of this.segments) await this.files.touch(name, new Date(0));
    this.segments = [];
    this.isOpen = false;
  }

  /** Until nothing is being appended, so that no segment is read or removed under the one who writes to it. */
  private async settled(): Promise<void> {
    let awaited;
    do {
      awaited = this.appending;
      await awaited;
    } while (awaited !== this.appending);
  }

  private async appendText(text: string, bytes: number): Promise<void> {
    const segment = this.openSegment(bytes);
    await this.files.append(segment.name, text);
    if (await this.files.exists(segment.name)) return;
    this.forget(segment.name);
    const next = this.openSegment(bytes);
    await this.files.append(next.name, text);
  }

  private openSegment(bytes: number): { readonly name: string } {
    const last = this.segments.at(-1);
    if (this.isOpen && last && last.bytes < SEGMENT_BYTES) {
      last.bytes += bytes;
      return last;
    }
    const segment = { name: this.nextName(), bytes };
    this.segments.push(segment);
    this.isOpen = true;
    return segment;
  }

  private forget(name: string): void {
    if (this.segments.at(-1)?.name === name) this.isOpen = false;
    this.segments = this.segments.filter((segment) => segment.name !== name);
  }

  private nextName(): string {
    const sequence = String(this.sequence++).padStart(8, '0');
    return `${this.options.name}.${this.owner}.${sequence}.ndjson`;
  }

  private owns(name: string): boolean {
    return name.startsWith(`${this.options.name}.${this.owner}.`);
  }
}
