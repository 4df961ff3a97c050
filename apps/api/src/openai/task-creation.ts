import type { JsonObject } from '@app/providers';
import { limitHeaders, requireScope } from '@app/tenants';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Admission } from '../http/admission.js';
import { idempotencyOf } from '../tasks/idempotency-key.js';
import { maxCostOf } from '../tasks/max-cost.js';
import { TaskIntake } from '../tasks/task-intake.js';
import { TaskSettings } from '../tasks/task-settings.js';
import { inOpenAiWords, type Renamed } from './in-openai-words.js';
import type { OwnRequest } from './shared-path.js';

export interface Asked {
  readonly own: OwnRequest;
  readonly input: JsonObject;
  readonly fingerprint: Buffer;
  /** What its fields were called in the request. */
  readonly renamed: Renamed;
}

/** Makes the task of an OpenAI-shaped request, or finds the one that an earlier request made. */
@Injectable()
export class TaskCreation {
  constructor(
    private readonly intake: TaskIntake,
    private readonly settings: TaskSettings,
    private readonly admission: Admission,
  ) {}

  /** The task's id, which the answer's headers tell too. @throws GatewayError in OpenAI's words */
  async create(request: FastifyRequest, reply: FastifyReply, asked: Asked): Promise<string> {
    const { own, input, fingerprint, renamed } = asked;
    const identity = await this.admission.recogniseAnew(request);
    requireScope(identity, 'tasks');
    const key = request.headers['idempotency-key'];
    const idempotency = idempotencyOf(typeof key === 'string' ? key : undefined, fingerprint);
    try {
      const body = { model: own.model.id, input };
      const { taskId, replayed, states } = await this.intake.create(identity, body, {
        idempotency,
        maxCostUsd: maxCostOf(request),
      });
      void reply.headers(limitHeaders(states, 'x-ratelimit-'));
      void reply.header('x-taskgate-task-id', taskId);
      if (replayed) void reply.header('idempotent-replay', 'true');
      else this.settings.wakeWorkers();
      return taskId;
    } catch (error) {
      throw inOpenAiWords(error, renamed);
    }
  }
}
