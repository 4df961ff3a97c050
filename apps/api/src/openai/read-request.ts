import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { JsonObject } from '@app/providers';
import { isForm } from '@app/proxy';
import { InputKeeper, inputUrl, isBadFile } from '@app/tasks';
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { parseJson } from '../http/json-body.js';
import { requireJsonObject } from '../http/json-object.js';
import { refuseUnsafeJson } from '../http/refuse-unsafe-json.js';
import { UploadLimit } from '../inputs/upload-limit.js';
import { bodyOfForm } from './form-values.js';
import { fieldsOf } from './model-fields.js';
import { type FormFile, readForm } from './read-form.js';
import { refuseField } from './refuse-field.js';
import type { OwnRequest } from './shared-path.js';

export interface ReadRequest {
  readonly body: JsonObject;
  /** In the order they came; each is kept as an input already. */
  readonly files: readonly FormFile[];
  /** What an idempotency key stands for. */
  readonly fingerprint: Buffer;
}

/** How a call's form is read. */
export interface FormShape {
  /** Names of parts that are pictures. */
  readonly files: readonly string[];
  /** OpenAI's own fields that are no texts, as JSON Schema. */
  readonly types: JsonObject;
}

/** Reads a request that becomes a task, whole. */
@Injectable()
export class RequestReader {
  constructor(
    private readonly keeper: InputKeeper,
    private readonly limit: UploadLimit,
  ) {}

  /** @throws GatewayError INVALID_REQUEST or PAYLOAD_TOO_LARGE */
  async read(request: FastifyRequest, own: OwnRequest, shape: FormShape): Promise<ReadRequest> {
    try {
      const read = isForm(own.contentType)
        ? await this.readForm(own, shape)
        : await this.readJson(own);
      if (read.body['model'] === own.modelName) return read;
      throw refuseField('model', 'it is given twice, with two values');
    } finally {
      request.bodyBytes = own.body.bytes;
    }
  }

  private async readJson({ body }: OwnRequest): Promise<ReadRequest> {
    const chunks: Buffer[] = [];
    for await (const chunk of body.whole(this.limit.maxBytes)) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    const value = parseJson(bytes);
    refuseUnsafeJson(value);
    return {
      body: jsonObject(requireJsonObject(value, 'The body')),
      files: [],
      fingerprint: createHash('sha256').update(bytes).digest(),
    };
  }

  private async readForm(own: OwnRequest, shape: FormShape): Promise<ReadRequest> {
    const { body, contentType, identity, model } = own;
    const keep = async (name: string, stream: Readable) => {
      if (shape.files.includes(name)) return await this.keep(identity.tenantId, name, stream);
      throw refuseField(name, `no file is taken here; ${shape.files.join(' and ')} take files`);
    };
    const form = await readForm(contentType, body.whole(this.limit.maxBytes), keep);
    const value = bodyOfForm(form.fields, { ...fieldsOf(model), ...shape.types });
    refuseUnsafeJson(value);
    return { ...form, body: jsonObject(requireJsonObject(value, 'The body')) };
  }

  private async keep(tenantId: string, name: string, source: Readable) {
    const { maxBytes } = this.limit;
    try {
      const kept = await this.keeper.keep({ tenantId, source, expect: 'image', maxBytes });
      return { url: inputUrl(kept.id), sha256: kept.sha256 };
    } catch (error) {
      if (isBadFile(error)) throw refuseField(name, error.message.replace(/\.$/, ''));
      throw error;
    }
  }
}

/** It was read as JSON, or made of texts: nothing else is in it. */
const jsonObject = (value: object): JsonObject => Object.fromEntries(Object.entries(value));
