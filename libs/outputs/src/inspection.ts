import { ArchiveError } from './archive-error.js';
import { checkFor } from './check-for.js';
import type { Dimensions, MediaCheck } from './media-check.js';
import {
  MEDIA_KINDS,
  sniffMediaType,
  SNIFF_BYTES,
  type MediaKind,
  type MediaType,
} from './media-type.js';
import { pictureDimensions } from './picture-dimensions.js';

export interface InspectionRules {
  readonly expect: MediaKind | 'any';
  /** What is looked at, as messages call it; default: `output`. */
  readonly called?: 'output' | 'file';
  readonly maxBytes: number;
  /** What the server announced, when it did. */
  readonly contentLength: number | null;
}

/** A picture's dimensions may stand behind metadata and colour profiles of this size. */
const PICTURE_HEAD_BYTES = 256 * 1024;

/**
 * Looks at an output's bytes while they pass to the store: type by the first of them, then their
 * number, and at the end whether the file is whole. Throws before the store can finish, so that
 * nothing wrong is ever kept.
 */
export class Inspection {
  private media: MediaType | null = null;
  private check: MediaCheck | null = null;
  private head: Buffer = Buffer.alloc(0);
  private bytes = 0;

  constructor(private readonly rules: InspectionRules) {}

  /** @throws ArchiveError, inside the iteration */
  async *pass(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      await this.add(chunk);
      yield chunk;
    }
    await this.finish();
  }

  /** Known once `pass` has ended well. */
  get result(): { readonly media: MediaType; readonly dimensions: Dimensions | null } {
    if (!this.media) throw new Error('The inspection has not ended');
    const dimensions = this.check?.dimensions() ?? pictureDimensions(this.media, this.head);
    return { media: this.media, dimensions };
  }

  private get called(): string {
    return this.rules.called ?? 'output';
  }

  private async add(chunk: Buffer): Promise<void> {
    this.bytes += chunk.length;
    const { maxBytes } = this.rules;
    if (this.bytes > maxBytes) {
      throw new ArchiveError('too-large', `The ${this.called} has more than ${maxBytes} bytes.`);
    }
    if (this.head.length < PICTURE_HEAD_BYTES) this.head = Buffer.concat([this.head, chunk]);
    if (this.check) return this.check.add(chunk);
    if (this.bytes >= SNIFF_BYTES) await this.decideType();
  }

  private async finish(): Promise<void> {
    if (this.bytes === 0) throw new ArchiveError('empty', `The ${this.called} is empty.`);
    if (!this.check) await this.decideType();
    const { contentLength } = this.rules;
    const missing =
      contentLength !== null && this.bytes !== contentLength
        ? `${contentLength - this.bytes} of ${contentLength} bytes`
        : this.check?.missing();
    if (missing)
      throw new ArchiveError('truncated', `The ${this.called} is cut off: ${missing} missing.`);
  }

  /** Called once; all bytes so far are in `head`. */
  private async decideType(): Promise<void> {
    const media = await sniffMediaType(this.head);
    const { expect } = this.rules;
    if (!media || (expect !== 'any' && media.kind !== expect)) {
      const found = media?.mime ?? 'not a known one';
      throw new ArchiveError(
        'wrong-type',
        `The ${this.called} should be ${takes(expect)}; it is ${found}.`,
      );
    }
    this.media = media;
    this.check = checkFor(media.container, media.mime);
    this.check.add(this.head);
  }
}

const takes = (expect: MediaKind | 'any'): string =>
  expect === 'any' ? Object.values(MEDIA_KINDS).join(' or ') : MEDIA_KINDS[expect];
