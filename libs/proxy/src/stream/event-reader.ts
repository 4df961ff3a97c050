import { CappedText } from '../capped-text.js';
import { JsonFieldScanner } from '../json-field-scanner.js';
import { type Fields, isObject, parsed, parsedFields } from '../json-fields.js';
import type { EventSink } from '../sse-data-scanner.js';
import { GrowingBytes } from './growing-bytes.js';

/** One event of a stream, as far as it was read. */
export interface ReadEvent {
  /** Of its `event` line; empty: it has none. */
  readonly name: string;
  readonly data: EventData;
}

export type EventData =
  | { readonly kind: 'done' }
  /** `fields` are its own, or none where it is no object; of a large event the short ones that were asked for. */
  | { readonly kind: 'json'; readonly fields: Fields }
  | { readonly kind: 'other'; readonly text: string };

/** Reads events whole up to 64 KiB; of larger ones it picks out the given fields and holds no more. */
export class EventReader implements EventSink {
  private readonly nameText = new CappedText(MAX_NAME_BYTES);
  private readonly whole = new GrowingBytes();
  private length = 0;
  private readonly large: JsonFieldScanner;

  constructor(
    private readonly read: (event: ReadEvent) => void,
    fieldsOfLarge: readonly string[],
  ) {
    this.large = new JsonFieldScanner(fieldsOfLarge);
  }

  get isInLargeEvent(): boolean {
    return this.length > MAX_WHOLE_BYTES;
  }

  name(bytes: Uint8Array): void {
    this.nameText.add(bytes);
  }

  data(bytes: Uint8Array): void {
    this.length += bytes.length;
    if (!this.isInLargeEvent) {
      this.whole.add(bytes);
      return;
    }
    this.large.write(this.whole.take());
    this.large.write(bytes);
  }

  /** An event without data is none (as the standard has it). */
  eventEnd(): void {
    const { length } = this;
    const data = length > 0 ? this.takeData() : null;
    const name = this.nameText.text() ?? '';
    this.nameText.clear();
    if (data) this.read({ name, data });
  }

  private takeData(): EventData {
    const data = this.isInLargeEvent ? this.ofLarge() : ofSmall(this.whole.take());
    this.length = 0;
    this.large.reset();
    return data;
  }

  private ofLarge(): EventData {
    return { kind: 'json', fields: parsedFields(this.large.fields) };
  }
}

function ofSmall(bytes: Buffer): EventData {
  const text = bytes.toString('utf8').trim();
  if (text === '[DONE]') return { kind: 'done' };
  const value = parsed(text);
  if (value === undefined) return { kind: 'other', text };
  return { kind: 'json', fields: isObject(value) ? value : {} };
}

const MAX_WHOLE_BYTES = 64 * 1024;
const MAX_NAME_BYTES = 128;
