import { parsedFields } from './json-fields.js';
import { JsonFieldScanner } from './json-field-scanner.js';
import { isEventStream, isJson } from './media-type.js';
import { headerValue, type RawHeaders } from './raw-headers.js';
import { SseDataScanner } from './sse-data-scanner.js';
import { type EventData, EventReader } from './stream/event-reader.js';
import { NOTHING_OBSERVED, USAGE_PATHS, withFields, type ObservedUsage } from './token-usage.js';

/** Watches an answer's bytes pass, in any pieces, and tells what usage they reported. Never throws. */
export interface UsageScanner {
  write(bytes: Uint8Array): void;
  /** What is known so far; ask once, when the answer is over or was cut. */
  result(): ObservedUsage;
}

/**
 * The scanner for an answer with these headers. A compressed answer (an upstream that insists though
 * asked for identity) and one of another type is not read.
 */
export function usageScannerFor(headers: RawHeaders): UsageScanner {
  const encoding = headerValue(headers, 'content-encoding')?.trim().toLowerCase();
  if (encoding !== undefined && encoding !== '' && encoding !== 'identity') return NO_SCANNER;
  const contentType = headerValue(headers, 'content-type');
  if (isEventStream(contentType)) return new SseUsageScanner();
  return isJson(contentType) ? new JsonUsageScanner() : NO_SCANNER;
}

/** For an answer that is not to be read. */
export const NO_SCANNER: UsageScanner = {
  write: () => undefined,
  result: () => NOTHING_OBSERVED,
};

class JsonUsageScanner implements UsageScanner {
  private readonly fields = new JsonFieldScanner(USAGE_PATHS);

  write(bytes: Uint8Array): void {
    this.fields.write(bytes);
  }

  result(): ObservedUsage {
    return withFields(NOTHING_OBSERVED, parsedFields(this.fields.fields));
  }
}

/** Usage may stand in any event, in some more than once; the last one counts. */
class SseUsageScanner implements UsageScanner {
  private readonly reader = new EventReader(({ data }) => this.see(data), USAGE_PATHS);
  private readonly scanner = new SseDataScanner(this.reader);
  private usage = NOTHING_OBSERVED;
  private events = 0;

  write(bytes: Uint8Array): void {
    this.scanner.write(bytes);
  }

  result(): ObservedUsage {
    this.scanner.end();
    return { ...this.usage, events: this.events };
  }

  private see(data: EventData): void {
    if (data.kind !== 'json') return;
    this.events += 1;
    this.usage = withFields(this.usage, data.fields);
  }
}
