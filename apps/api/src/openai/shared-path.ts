import { GatewayError } from '@app/errors';
import { modelScanner } from '@app/proxy';
import { Catalog, type Model } from '@app/providers';
import type { Identity } from '@app/tenants';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Admission } from '../http/admission.js';
import { UploadLimit } from '../inputs/upload-limit.js';
import { PassThroughRoute } from '../pass-through/pass-through.route.js';
import { RequestBody } from './request-body.js';
import { servedAsTask } from './served-as-task.js';

/** A request that becomes a task; nothing of it was judged but its model's kind. */
export interface OwnRequest {
  readonly identity: Identity;
  readonly model: Model;
  /** As the request names the model. */
  readonly modelName: string;
  readonly body: RequestBody;
  readonly contentType: string;
}

/** Decides, on paths that the gateway shares with the upstream, whose a request is. */
@Injectable()
export class SharedPath {
  constructor(
    private readonly admission: Admission,
    private readonly catalog: Catalog,
    private readonly passThrough: PassThroughRoute,
    private readonly limit: UploadLimit,
  ) {}

  /**
   * Null: it was the upstream's, which has answered. Of its body no more is read first than it takes to
   * find the model.
   * @throws GatewayError
   */
  async take(
    request: FastifyRequest,
    reply: FastifyReply,
    kind: Model['kind'],
  ): Promise<OwnRequest | null> {
    const identity = await this.admission.recognise(request);
    const contentType = request.headers['content-type'] ?? '';
    const body = new RequestBody(request.raw);
    const modelName = await this.modelOf(contentType, body);
    const model = modelName === undefined ? null : servedAsTask(this.catalog, modelName);
    if (modelName === undefined || !model) {
      await this.passThrough.forward(request, reply, body.passedOn());
      return null;
    }
    request.model = model.id;
    await this.admission.admit(request, 'tasks');
    this.refuseTooLarge(request);
    if (model.kind !== kind) throw otherKind(model);
    return { identity, model, modelName, body, contentType };
  }

  private async modelOf(contentType: string, body: RequestBody): Promise<string | undefined> {
    const scanner = modelScanner(contentType);
    if (!scanner) return undefined;
    await body.peek(this.limit.maxBytes, async (chunk) => {
      await scanner.write(chunk);
      return scanner.model !== undefined;
    });
    return scanner.model;
  }

  private refuseTooLarge(request: FastifyRequest): void {
    const { maxBytes } = this.limit;
    if (Number(request.headers['content-length'] ?? 0) <= maxBytes) return;
    const message = `The body is larger than ${maxBytes} bytes, the most that is taken here.`;
    throw new GatewayError('PAYLOAD_TOO_LARGE', message);
  }
}

function otherKind({ id, kind }: Model): GatewayError {
  const instead =
    kind === 'video' ? 'films; POST /v1/videos' : 'pictures; POST /v1/images/generations';
  const message = `model: ${id} makes ${instead} takes it.`;
  return new GatewayError('INVALID_REQUEST', message, { param: 'model' });
}
