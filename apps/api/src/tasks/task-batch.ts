import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ErrorBody, GatewayError } from '@app/errors';
import type { IdempotencyRequest } from '@app/tasks';
import type { Identity } from '@app/tenants';
import { Injectable } from '@nestjs/common';
import { requireJsonObject } from '../http/json-object.js';
import { refuseUnsafeJson } from '../http/refuse-unsafe-json.js';
import { renderError } from '../http/render-error.js';
import { validation } from '../http/validation.js';
import { BatchItemDto } from './batch-item.dto.js';
import { fingerprintOf, idempotencyOf, keyWithinBatch } from './idempotency-key.js';
import { TaskIntake } from './task-intake.js';
import { TaskSettings } from './task-settings.js';

export interface BatchRequest {
  /** As they came; each is judged on its own. */
  readonly tasks: readonly unknown[];
  /** The header of the whole batch. */
  readonly key: string | undefined;
  readonly requestId: string;
  /** USD, of each task; null: the batch's header says nothing. */
  readonly maxCostUsd: number | null;
}

export type BatchResult =
  | { readonly taskId: string; readonly status: string; readonly replayed?: true }
  /** What a create of this task alone would have answered. */
  | { readonly error: ErrorBody };

/** Takes many tasks at once, each accepted or refused on its own. */
@Injectable()
export class TaskBatch {
  constructor(
    private readonly intake: TaskIntake,
    private readonly settings: TaskSettings,
  ) {}

  /** In order of the tasks. They are all under way together, so that the store shares its commits. */
  async take(
    identity: Identity,
    { tasks, key, requestId, maxCostUsd }: BatchRequest,
  ): Promise<BatchResult[]> {
    const results: Promise<BatchResult>[] = [];
    for (const [index, task] of tasks.entries()) {
      const batchKey = key === undefined ? undefined : keyWithinBatch(key, index);
      results.push(
        this.takeOne(identity, task, { batchKey, maxCostUsd }).catch((thrown: unknown) => {
          const { error, body } = renderError(thrown, requestId);
          if (error.code === 'INTERNAL') this.settings.onBug(thrown, requestId);
          return { error: body };
        }),
      );
      if (index % AT_ONE_GO === AT_ONE_GO - 1) await nextTurn();
    }
    const settled = await Promise.all(results);
    if (settled.some((result) => 'taskId' in result)) this.settings.wakeWorkers();
    return settled;
  }

  private async takeOne(
    identity: Identity,
    task: unknown,
    { batchKey, maxCostUsd }: ItemOptions,
  ): Promise<BatchResult> {
    refuseUnsafeJson(task);
    requireJsonObject(task, 'A task of a batch');
    const item = await readItem(task);
    const idempotency = keyOf(item, batchKey, task);
    const { taskId, replayed } = await this.intake.create(identity, item, {
      idempotency,
      maxCostUsd,
    });
    if (!replayed) return { taskId, status: 'queued' };
    return { taskId, status: await this.intake.statusOf(identity.tenantId, taskId), replayed };
  }
}

interface ItemOptions {
  readonly batchKey: string | undefined;
  readonly maxCostUsd: number | null;
}

/** Tasks that are judged before others may have their turn: some milliseconds. */
const AT_ONE_GO = 25;

async function readItem(task: unknown): Promise<BatchItemDto> {
  const read: unknown = await validation.transform(task, { type: 'body', metatype: BatchItemDto });
  if (read instanceof BatchItemDto) return read;
  throw new GatewayError('INVALID_REQUEST', 'A task of a batch takes a JSON object.');
}

function keyOf(
  { idempotencyKey }: BatchItemDto,
  batchKey: string | undefined,
  task: unknown,
): IdempotencyRequest | null {
  if (idempotencyKey !== undefined) {
    return idempotencyOf(idempotencyKey, fingerprintOf(task), 'idempotencyKey');
  }
  return batchKey === undefined ? null : idempotencyOf(batchKey, fingerprintOf(task));
}
