import { GatewayError } from '@app/errors';
import { findModel, type InputIssue, type JsonObject, validateInput } from '@app/providers';
import { newTaskId } from './ids.js';
import type { KnownIdempotencyKey, NewIdempotencyKey, NewTask, TaskStore } from './task.store.js';
import type { OnUnknown, Priority, Task, TaskCallback } from './task.js';
import type { Vendors } from './vendors.js';

/** A create request whose envelope is valid; the model's own `input` is judged here. */
export interface CreateRequest {
  readonly model: string;
  readonly input: JsonObject;
  readonly callback: TaskCallback | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly priority: Priority;
  readonly deadlineSeconds: number;
  readonly onUnknown: OnUnknown;
}

export interface IdempotencyRequest {
  readonly key: string;
  readonly fingerprint: Buffer;
}

export interface Created {
  readonly taskId: string;
  readonly replayed: boolean;
}

/** Accepts tasks. The answer leaves only after the commit; neither Redis nor a vendor is asked. */
export class TaskCreator {
  constructor(
    private readonly store: TaskStore,
    private readonly vendors: Pick<Vendors, 'isConfigured'>,
  ) {}

  /**
   * The task that an earlier request with this key made, or null.
   * @throws GatewayError IDEMPOTENCY_KEY_MISMATCH when that request had another body
   */
  async replay(
    tenantId: string,
    { key, fingerprint }: IdempotencyRequest,
  ): Promise<Created | null> {
    const known = await this.store.findIdempotencyKey(tenantId, key);
    return known ? replayOf(known, fingerprint) : null;
  }

  /** @throws GatewayError INVALID_REQUEST, MODEL_UNAVAILABLE or IDEMPOTENCY_KEY_MISMATCH */
  async create(
    tenantId: string,
    request: CreateRequest,
    idempotency: IdempotencyRequest | null,
  ): Promise<Created> {
    const now = new Date();
    const task = this.build(tenantId, request, now);
    const result = await this.store.create(bundle(task, idempotency, now));
    if (result === 'created') return { taskId: task.id, replayed: false };
    return replayOf(result, idempotency?.fingerprint);
  }

  private build(tenantId: string, request: CreateRequest, now: Date): Task {
    const lookup = findModel(request.model);
    if (!lookup.found)
      throw new GatewayError('MODEL_UNAVAILABLE', lookup.message, { param: 'model' });
    const { model, provider } = lookup;
    if (!this.vendors.isConfigured(provider.id)) {
      const message = `Model ${model.id} is not available: ${provider.title} is not configured here.`;
      throw new GatewayError('MODEL_UNAVAILABLE', message, { param: 'model' });
    }
    refuseIssues(validateInput(model, request.input));
    const prepared = provider.prepare(request.input, model);
    if (!prepared.ok) throw invalidInput(prepared.issues);
    return {
      id: newTaskId(),
      tenantId,
      model: model.id,
      kind: model.kind,
      provider: provider.id,
      status: 'queued',
      version: 0,
      input: request.input,
      request: prepared.request,
      metadata: request.metadata,
      priority: request.priority,
      callback: request.callback,
      onUnknown: request.onUnknown,
      storage: 'temp',
      progress: 0,
      archiveTries: 0,
      createdAt: now,
      startedAt: null,
      completedAt: null,
      deadlineAt: new Date(now.getTime() + request.deadlineSeconds * 1000),
      error: null,
      usage: null,
    };
  }
}

/** Same key and same bytes are answered alike for this long. */
const IDEMPOTENCY_TTL_MS = 24 * 3600 * 1000;

function bundle(task: Task, idempotency: IdempotencyRequest | null, now: Date): NewTask {
  const key: NewIdempotencyKey | null = idempotency && {
    ...idempotency,
    expiresAt: new Date(now.getTime() + IDEMPOTENCY_TTL_MS),
  };
  return {
    task,
    idempotency: key,
    rings: [{ step: 'submit', subject: task.id, ring: '0', dueAt: now }],
  };
}

function replayOf(known: KnownIdempotencyKey, fingerprint: Buffer | undefined): Created {
  if (fingerprint?.equals(known.fingerprint)) return { taskId: known.taskId, replayed: true };
  const message =
    'This Idempotency-Key was used with another request body. Send the same bytes to replay, or a new key.';
  throw new GatewayError('IDEMPOTENCY_KEY_MISMATCH', message);
}

function refuseIssues(issues: readonly InputIssue[]): void {
  if (issues.length > 0) throw invalidInput(issues);
}

/** `param` names the first field; the message says all that is wrong, so that one round trip is enough. */
function invalidInput(issues: readonly InputIssue[]): GatewayError {
  const message = issues.map((issue) => `${issue.path}: ${issue.message}`).join('; ');
  return new GatewayError('INVALID_REQUEST', message, { param: issues[0]?.path });
}
