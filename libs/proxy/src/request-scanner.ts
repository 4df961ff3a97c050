import { JsonFieldScanner } from './json-field-scanner.js';
import { isJson } from './media-type.js';
import { modelName } from './token-usage.js';

/** What a request's body asks for, as the audit row wants it; null and false where it does not say. */
export interface ObservedRequest {
  readonly model: string | null;
  readonly stream: boolean;
}

/**
 * Watches a request's JSON body pass. Bodies of another type (multipart uploads) are not read, and
 * neither is a JSON body's validity: judging it is another's work.
 */
export class RequestScanner {
  private readonly fields: JsonFieldScanner | null;

  constructor(contentType: string | undefined) {
    this.fields = isJson(contentType) ? new JsonFieldScanner(['model', 'stream']) : null;
  }

  write(bytes: Uint8Array): void {
    this.fields?.write(bytes);
  }

  result(): ObservedRequest {
    return {
      model: modelName(this.fields?.fields.get('model')),
      stream: this.fields?.fields.get('stream') === 'true',
    };
  }
}
