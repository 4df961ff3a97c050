import { isEventStream } from '../media-type.js';
import type { ProxyCall } from '../proxy-call.js';
import { headerValue, type RawHeaders } from '../raw-headers.js';
import { SseDataScanner } from '../sse-data-scanner.js';
import { EventReader, type ReadEvent } from './event-reader.js';
import { type StreamError, streamError } from './stream-error.js';
import { type StreamEnding, streamEnding } from './stream-ending.js';

/** What a stream has shown so far of how it ended. */
export type StreamEnd =
  /** It said that it is over (`[DONE]`, a finish reason for every choice, `response.completed`, …). */
  | { readonly kind: 'finished' }
  /** It carried an error in place of the rest. */
  | ({ readonly kind: 'failed' } & StreamError)
  /** Nothing of that yet: if it ends here, it was cut. */
  | { readonly kind: 'open' };

/** Watches the events of a stream pass, in any pieces, and tells whether it may be taken for whole. Never throws. */
export abstract class StreamVerdict {
  abstract write(bytes: Uint8Array): void;
  /** Something came that is an event, not a comment. */
  abstract get began(): boolean;
  /** An event that is no JSON and not `[DONE]`. */
  abstract get malformed(): boolean;
  /**
   * What is known so far.
   * @param isOver the connection ended well; an event without its closing blank line counts then
   */
  abstract end(isOver: boolean): StreamEnd;
}

/**
 * The verdict on an answer with these headers. A stream of an endpoint of which nothing is known is whole when
 * its connection ends well, and so is what is no event stream, or one that is compressed.
 */
export function streamVerdictFor(
  { method, path, body }: Pick<ProxyCall, 'method' | 'path' | 'body'>,
  headers: RawHeaders,
): StreamVerdict {
  const encoding = headerValue(headers, 'content-encoding')?.trim().toLowerCase() ?? '';
  const isPlain = encoding === '' || encoding === 'identity';
  if (!isPlain || !isEventStream(headerValue(headers, 'content-type'))) return new BytesVerdict();
  return new EventsVerdict(streamEnding(method, path, body?.choices ?? 1));
}

/** Nothing is read: the connection's end decides. */
class BytesVerdict implements StreamVerdict {
  readonly malformed = false;
  began = false;

  write(bytes: Uint8Array): void {
    this.began ||= bytes.length > 0;
  }

  end(isOver: boolean): StreamEnd {
    return { kind: isOver ? 'finished' : 'open' };
  }
}

class EventsVerdict implements StreamVerdict {
  malformed = false;
  private hadEvent = false;
  private saidDone = false;
  private error: StreamError | null = null;
  private readonly reader = new EventReader((event) => this.see(event), FIELDS);
  private readonly events = new SseDataScanner(this.reader);

  /** @param ending null: the connection's end decides */
  constructor(private readonly ending: StreamEnding | null) {}

  get began(): boolean {
    return this.hadEvent || this.reader.isInLargeEvent;
  }

  write(bytes: Uint8Array): void {
    this.events.write(bytes);
  }

  end(isOver: boolean): StreamEnd {
    if (isOver) this.events.end();
    if (this.error) return { kind: 'failed', ...this.error };
    const isFinished = this.saidDone || (this.ending ? this.ending.isFinished(isOver) : isOver);
    return { kind: isFinished ? 'finished' : 'open' };
  }

  private see(event: ReadEvent): void {
    const { name, data } = event;
    this.hadEvent = true;
    if (this.saidDone) return;
    this.error ??= streamError(event);
    this.saidDone = data.kind === 'done' || name === 'done';
    if (data.kind === 'json') this.ending?.see(name, data.fields);
    // Of other endpoints nobody knows that they speak JSON.
    if (data.kind === 'other' && this.ending && !this.error) this.malformed = true;
  }
}

/** Of a large event, these are read. */
const FIELDS = ['type', 'object', 'error', 'code', 'message'] as const;
