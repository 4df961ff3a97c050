import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import {
  Busboy,
  type BusboyFileStream,
  type BusboyHeaders,
  type BusboyInstance,
} from '@fastify/busboy';
import { GatewayError } from '@app/errors';
import { refuseField } from './refuse-field.js';

/** One text field of a form, in the order they came. */
export interface FormField {
  readonly name: string;
  readonly value: string;
}

/** A file of a form that is kept as an input of the tenant's. */
export interface FormFile {
  readonly name: string;
  /** `input:<id>` */
  readonly url: string;
}

export interface Form {
  readonly fields: readonly FormField[];
  readonly files: readonly FormFile[];
  /** SHA-256 of the parts: the boundary between them is another one each time that a client sends them. */
  readonly fingerprint: Buffer;
}

/** Keeps a file; reads its stream to the end or throws. */
export type KeepFile = (
  name: string,
  stream: Readable,
) => Promise<{ readonly url: string; readonly sha256: string }>;

/**
 * Reads `multipart/form-data` (RFC 7578); files go to `keep` as they come, one after the other.
 * @throws GatewayError INVALID_REQUEST, or what the body and `keep` throw
 */
export async function readForm(
  contentType: string,
  body: AsyncIterable<Buffer>,
  keep: KeepFile,
): Promise<Form> {
  return await new FormReader(contentType, keep).read(body);
}

/** The file of that name; null: there is none. @throws GatewayError INVALID_REQUEST when there are several */
export function onlyOne(files: readonly FormFile[], name: string): string | null {
  const [file, ...more] = files.filter((one) => one.name === name);
  if (more.length > 0) throw refuseField(name, 'one file is taken, not several');
  return file?.url ?? null;
}

/** OpenAI takes sixteen pictures and a mask. */
const LIMITS = { fields: 200, files: 17, parts: 217, fieldSize: 1_048_576, headerPairs: 50 };

class FormReader {
  private readonly parser: BusboyInstance;
  private readonly fields: FormField[] = [];
  private readonly files: Promise<FormFile>[] = [];
  private readonly parts: Promise<unknown>[] = [];
  private readonly open = new Set<BusboyFileStream>();
  /** Settles when the parser has read all, or with the first thing that went wrong. */
  private readonly done: Promise<void>;
  private fail: (error: unknown) => void = () => undefined;
  private over = false;

  constructor(
    contentType: string,
    private readonly keep: KeepFile,
  ) {
    const headers: BusboyHeaders = { 'content-type': contentType };
    this.parser = parserOf(headers);
    this.done = new Promise((resolve, reject) => {
      this.fail = reject;
      this.parser.on('finish', resolve);
    });
    // Whoever reads learns of it when it awaits.
    this.done.catch(() => undefined);
    this.listen();
  }

  async read(body: AsyncIterable<Buffer>): Promise<Form> {
    try {
      await Promise.race([this.done, this.feed(body)]);
      await this.done;
      const files = await Promise.all(this.files);
      const parts = await Promise.all(this.parts);
      const fingerprint = createHash('sha256').update(JSON.stringify(parts)).digest();
      return { fields: this.fields, files, fingerprint };
    } finally {
      this.over = true;
      for (const file of this.open) file.destroy();
    }
  }

  private async feed(body: AsyncIterable<Buffer>): Promise<void> {
    for await (const chunk of body) {
      if (this.over) return;
      await Promise.race([this.done, this.write(chunk)]);
    }
    this.parser.end();
  }

  private async write(chunk: Buffer): Promise<void> {
    await new Promise<void>((resolve) => this.parser.write(chunk, () => resolve()));
  }

  private listen(): void {
    const { parser } = this;
    parser.on('field', (name: string | undefined, value: string, _, isTruncated: boolean) => {
      if (name === undefined) return this.fail(badForm('a part has no name'));
      if (isTruncated) {
        return this.fail(badForm(`${name} is longer than ${LIMITS.fieldSize} bytes`));
      }
      this.fields.push({ name, value });
      this.parts.push(Promise.resolve({ name, value }));
    });
    parser.on('file', (name: string | undefined, stream, filename, _, mime) => {
      this.takeFile(name, stream, { filename, mime });
    });
    parser.on('error', (error) => this.fail(badForm(messageOf(error))));
    for (const limit of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const) {
      parser.on(limit, () => this.fail(badForm('it has too many parts')));
    }
  }

  private takeFile(name: string | undefined, stream: BusboyFileStream, about: object): void {
    this.open.add(stream);
    stream.once('close', () => this.open.delete(stream));
    // The file of a form that breaks off; the parser tells of it as well.
    stream.on('error', () => undefined);
    if (name === undefined) {
      stream.resume();
      return this.fail(badForm('a file has no name'));
    }
    const kept = this.keep(name, stream);
    kept.catch((error: unknown) => {
      stream.resume();
      this.fail(error);
    });
    this.files.push(kept.then(({ url }) => ({ name, url })));
    this.parts.push(kept.then(({ sha256 }) => ({ name, ...about, sha256 })));
    for (const promise of [this.files.at(-1), this.parts.at(-1)]) promise?.catch(() => undefined);
  }
}

function parserOf(headers: BusboyHeaders): BusboyInstance {
  try {
    return new Busboy({ headers, limits: LIMITS });
  } catch (error) {
    throw badForm(messageOf(error));
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : 'it cannot be read';

const badForm = (reason: string): GatewayError =>
  new GatewayError('INVALID_REQUEST', `The body is no form that can be read: ${reason}.`);
