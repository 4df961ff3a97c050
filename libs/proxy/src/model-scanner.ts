import { Busboy, type BusboyHeaders, type BusboyInstance } from '@fastify/busboy';
import { JsonFieldScanner } from './json-field-scanner.js';
import { isJson } from './media-type.js';

/** Looks for the field `model` in a body that passes by; an observer, so it never throws. */
export interface ModelScanner {
  /** Undefined as long as there is none, and for anything that is no text. */
  readonly model: string | undefined;
  write(chunk: Buffer): Promise<void>;
}

/** Null for a type of body that is not looked into. */
export function modelScanner(contentType: string | undefined): ModelScanner | null {
  if (isJson(contentType)) return new JsonModelScanner();
  if (!isForm(contentType)) return null;
  try {
    return new FormModelScanner(contentType);
  } catch {
    // Without a boundary; whoever takes the body says so.
    return null;
  }
}

export const isForm = (contentType: string | undefined): contentType is string =>
  /^multipart\/form-data\s*(;|$)/i.test(contentType?.trim() ?? '');

class JsonModelScanner implements ModelScanner {
  private readonly fields = new JsonFieldScanner(['model']);

  get model(): string | undefined {
    const text = this.fields.fields.get('model');
    return text?.startsWith('"') ? textOf(text) : undefined;
  }

  async write(chunk: Buffer): Promise<void> {
    this.fields.write(chunk);
  }
}

function textOf(json: string): string | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

class FormModelScanner implements ModelScanner {
  model: string | undefined;
  private readonly parser: BusboyInstance;
  private broken = false;
  private written = (): void => undefined;

  constructor(contentType: string) {
    const headers: BusboyHeaders = { 'content-type': contentType };
    this.parser = new Busboy({ headers, limits: { fieldSize: MAX_NAME_BYTES } });
    this.parser.on('field', (name: string, value: string) => {
      if (name === 'model') this.model ??= value;
    });
    this.parser.on('file', (_name, file) => {
      file.on('error', () => undefined);
      file.resume();
    });
    this.parser.on('error', () => {
      this.broken = true;
      this.written();
    });
  }

  async write(chunk: Buffer): Promise<void> {
    if (this.broken) return;
    await new Promise<void>((resolve) => {
      this.written = resolve;
      this.parser.write(chunk, () => resolve());
    });
    // A field is told of a turn after its last byte.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Longer is no name of a model. */
const MAX_NAME_BYTES = 256;
