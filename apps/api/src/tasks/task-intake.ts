import { GatewayError } from '@app/errors';
import { Catalog } from '@app/providers';
import {
  type Created,
  type CreateRequest,
  type IdempotencyRequest,
  InputIntake,
  TaskCreator,
  TaskStore,
} from '@app/tasks';
import { type Identity, modelVerdict, requireAllowed } from '@app/tenants';
import { Injectable } from '@nestjs/common';
import { namesOfModel } from '../http/names-of-model.js';
import { CallbackUrls } from './callback-urls.js';
import type { CreateTaskDto } from './create-task.dto.js';
import { TaskSettings } from './task-settings.js';

/** From a body whose fields are valid to a durable task; the same for one task and for a batch. */
@Injectable()
export class TaskIntake {
  constructor(
    private readonly creator: TaskCreator,
    private readonly store: TaskStore,
    private readonly callbackUrls: CallbackUrls,
    private readonly settings: TaskSettings,
    private readonly inputs: InputIntake,
    private readonly catalog: Catalog,
  ) {}

  /**
   * A replay is looked up before anything is judged or counted.
   * @throws GatewayError POLICY_VIOLATION, INVALID_REQUEST, MODEL_UNAVAILABLE, IDEMPOTENCY_KEY_MISMATCH or QUEUE_FULL
   */
  async create(
    identity: Identity,
    body: CreateTaskDto,
    idempotency: IdempotencyRequest | null,
  ): Promise<Created> {
    const { tenantId, policy } = identity;
    const replay = idempotency && (await this.creator.replay(tenantId, idempotency));
    if (replay) return replay;
    const owner = { tenantId, maxQueued: policy.maxQueuedTasks ?? null };
    const request = await this.withInputs(tenantId, this.toRequest(identity, body));
    return await this.creator.create(owner, request, idempotency);
  }

  /** Data URLs become kept inputs; an unknown model is for the creator to refuse. */
  private async withInputs(tenantId: string, request: CreateRequest): Promise<CreateRequest> {
    const lookup = this.catalog.find(request.model);
    if (!lookup.found) return request;
    const { input, issues } = await this.inputs.take(tenantId, lookup.model, request.input);
    if (issues.length === 0) return { ...request, input };
    const message = issues.map((issue) => `${issue.path}: ${issue.message}`).join('; ');
    throw new GatewayError('INVALID_REQUEST', message, { param: issues[0]?.path });
  }

  async statusOf(tenantId: string, taskId: string): Promise<string> {
    return (await this.store.findDetail(tenantId, taskId))?.task.status ?? 'queued';
  }

  /**
   * What a DTO cannot judge: whether policy allows the model, the deadline and the callback's URL.
   * @throws GatewayError POLICY_VIOLATION or INVALID_REQUEST
   */
  toRequest(identity: Identity, body: CreateTaskDto): CreateRequest {
    requireAllowed(modelVerdict(identity, namesOfModel(this.catalog, body.model)));
    const { deadline = this.settings.deadlineSeconds } = body;
    if (deadline > this.settings.deadlineSeconds) {
      const message = `deadline takes 1 to ${this.settings.deadlineSeconds} seconds, not ${deadline}.`;
      throw new GatewayError('INVALID_REQUEST', message, { param: 'deadline' });
    }
    return {
      model: body.model,
      input: body.input,
      callback: this.callbackUrls.choose(body.callback, identity),
      metadata: body.metadata ?? {},
      priority: body.priority ?? 'normal',
      deadlineSeconds: deadline,
      onUnknown: body.onUnknown ?? 'fail',
    };
  }
}
