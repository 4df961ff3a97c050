import { setTimeout as sleep } from 'node:timers/promises';
import { isUnreached } from '@app/database';
import { GatewayError, isUnavailable } from '@app/errors';
import { Catalog } from '@app/providers';
import {
  type Created,
  type CreateRequest,
  type IdempotencyRequest,
  InputIntake,
  type PreparedTask,
  TaskCreator,
  TaskStore,
} from '@app/tasks';
import { type Identity, type LimitState, modelVerdict, requireAllowed } from '@app/tenants';
import { Injectable } from '@nestjs/common';
import { namesOfModel } from '../http/names-of-model.js';
import { CallbackUrls } from './callback-urls.js';
import type { CreateTaskDto } from './create-task.dto.js';
import { leastOf } from './max-cost.js';
import { TaskLimits } from './task-limits.js';
import { TaskSettings } from './task-settings.js';

export interface IntakeOptions {
  readonly idempotency: IdempotencyRequest | null;
  /** The most that the caller takes it for, as a header of the request says; null: it says nothing. */
  readonly maxCostUsd: number | null;
}

export interface TakenTask extends Created {
  /** How the limits stand; of a replay nothing: it meets none. */
  readonly states: readonly LimitState[];
}

export interface Quote {
  readonly prepared: PreparedTask;
  readonly reason: string | null;
}

/** From a body whose fields are valid to a durable task; the same for one task and for a batch. */
@Injectable()
export class TaskIntake {
  /** Refused requests that look whether another one has made their task. */
  private seeking = 0;

  constructor(
    private readonly creator: TaskCreator,
    private readonly store: TaskStore,
    private readonly callbackUrls: CallbackUrls,
    private readonly settings: TaskSettings,
    private readonly inputs: InputIntake,
    private readonly catalog: Catalog,
    private readonly limits: TaskLimits,
  ) {}

  /**
   * A replay is looked up before anything is judged or counted. `maxCostUsd` is the header's.
   *
   * @throws GatewayError POLICY_VIOLATION, INVALID_REQUEST, MODEL_UNAVAILABLE, IDEMPOTENCY_KEY_MISMATCH,
   * RATE_LIMIT_EXCEEDED, BUDGET_EXCEEDED or QUEUE_FULL; then nothing was counted
   */
  async create(
    identity: Identity,
    body: CreateTaskDto,
    { idempotency, maxCostUsd }: IntakeOptions,
  ): Promise<TakenTask> {
    const { tenantId, keyId, policy } = identity;
    const replay = idempotency && (await this.creator.replay(tenantId, idempotency));
    if (replay) return { ...replay, states: [] };
    const request = await this.withInputs(tenantId, this.toRequest(identity, body));
    const prepared = this.creator.prepare(request);
    const reserved = await this.limits
      .reserve(identity, prepared, leastOf(maxCostUsd, body.max_cost))
      .catch(async (refusal: unknown) => {
        // With a field to blame, its twin was refused as well.
        const mayHaveTwin = !(refusal instanceof GatewayError) || refusal.param === null;
        const twin = idempotency && mayHaveTwin && (await this.twinOf(tenantId, idempotency));
        if (twin) return twin;
        throw refusal;
      });
    if ('taskId' in reserved) return { ...reserved, states: [] };
    const owner = { tenantId, keyId, maxQueued: policy.maxQueuedTasks ?? null };
    const created = await this.creator
      .write(owner, prepared, idempotency)
      .catch((error: unknown) => {
        // These say that nothing was made; after anything else it may have been.
        const isRefused = error instanceof GatewayError && !isUnavailable(error);
        if (isRefused || isUnreached(error)) reserved.release();
        else reserved.committed();
        throw error;
      });
    if (created.replayed) reserved.release();
    else reserved.committed();
    return { ...created, states: created.replayed ? [] : reserved.states };
  }

  /** Why the task would not be taken now, were it asked for; null: it would. Nothing is made or counted. */
  async quote(identity: Identity, body: CreateTaskDto, maxCostUsd: number | null): Promise<Quote> {
    const prepared = this.creator.prepare(this.toRequest(identity, body));
    const maxCost = leastOf(maxCostUsd, body.max_cost);
    const refusal = await this.limits.refusal(identity, prepared, maxCost);
    return { prepared, reason: refusal && refusal.message };
  }

  /**
   * The task of the same request, sent at the same time: it may have taken the very room that was missing here,
   * and is perhaps about to commit.
   */
  private async twinOf(tenantId: string, request: IdempotencyRequest): Promise<Created | null> {
    const waits = this.seeking < MOST_SEEKING ? TWIN_WAITS_MS : [0];
    this.seeking += 1;
    try {
      for (const waitMs of waits) {
        await sleep(waitMs);
        const twin = await this.creator.replay(tenantId, request);
        if (twin) return twin;
      }
      return null;
    } finally {
      this.seeking -= 1;
    }
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

/** Before each look; together what a commit takes on a busy machine. */
const TWIN_WAITS_MS = [0, 50, 200, 500];
/** Who is refused all the time costs no more than a look then. */
const MOST_SEEKING = 64;
