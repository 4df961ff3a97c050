import { GatewayError } from '@app/errors';
import { currentPrices } from '@app/prices';
import {
  type Catalog,
  type InputIssue,
  type InputPart,
  type JsonObject,
  type Model,
  type Provider,
  splitInput,
  type Usage,
  validateInput,
} from '@app/providers';
import { newTaskId } from './ids.js';
import { type Call, placeInQueue, withCalls } from './new-task.js';
import { sumUsage } from './sum-usage.js';
import type { KnownIdempotencyKey, NewIdempotencyKey, TaskStore } from './task.store.js';
import type { OnUnknown, Priority, Task, TaskCallback, TaskHold } from './task.js';
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

/** Whose task it is, and what its policy allows. */
export interface TaskOwner {
  readonly tenantId: string;
  /** The key that asks; null: none. */
  readonly keyId: string | null;
  /** Unfinished tasks at once, the new one included; null: no maximum. */
  readonly maxQueued: number | null;
}

/** A request that its model can take, and the vendor's requests that it became. */
export interface PreparedTask {
  /** The task's, if it is made. */
  readonly taskId: string;
  readonly request: CreateRequest;
  readonly model: Model;
  readonly provider: Provider;
  /** Of all calls together. */
  readonly estimate: Usage;
  /** What is kept back for it: the estimate, at the prices of now; null: nobody knows what it costs. */
  readonly hold: TaskHold | null;
  /** What is sent to the vendor: one call, unless it makes fewer results in one than are asked for. */
  readonly calls: readonly [Call, ...Call[]];
}

/** Accepts tasks. The answer leaves only after the commit; neither Redis nor a vendor is asked. */
export class TaskCreator {
  constructor(
    private readonly store: TaskStore,
    private readonly vendors: Pick<Vendors, 'whyUnavailable'>,
    private readonly catalog: Catalog,
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

  /**
   * Judges a request and translates it for its vendor; nothing is written, so quotes use it as well.
   * @throws GatewayError INVALID_REQUEST or MODEL_UNAVAILABLE
   */
  prepare(request: CreateRequest): PreparedTask {
    const lookup = this.catalog.find(request.model);
    if (!lookup.found)
      throw new GatewayError('MODEL_UNAVAILABLE', lookup.message, { param: 'model' });
    const { model, provider } = lookup;
    const why = this.vendors.whyUnavailable(model, provider);
    if (why !== null) {
      const message = `Model ${model.id} is not available: ${why}.`;
      throw new GatewayError('MODEL_UNAVAILABLE', message, { param: 'model' });
    }
    refuseIssues(validateInput(model, request.input));
    const split = splitInput(request.input, model);
    if (!split.ok) throw invalidInput(split.issues);
    const [first, ...others] = split.parts;
    const estimates: Usage[] = [];
    const prepare = ({ input, results }: InputPart): Call => {
      const prepared = provider.prepare(input, model);
      if (!prepared.ok) throw invalidInput(prepared.issues);
      estimates.push(prepared.estimate);
      return { input, request: prepared.request, media: prepared.media ?? [], results };
    };
    const calls = [prepare(first), ...others.map(prepare)] as const;
    const estimate = estimates.reduce(sumUsage);
    const taskId = newTaskId(new Date());
    return { taskId, request, model, provider, estimate, hold: holdFor(estimate), calls };
  }

  /** @throws GatewayError INVALID_REQUEST, MODEL_UNAVAILABLE, IDEMPOTENCY_KEY_MISMATCH or QUEUE_FULL */
  async create(
    owner: TaskOwner,
    request: CreateRequest,
    idempotency: IdempotencyRequest | null,
  ): Promise<Created> {
    return await this.write(owner, this.prepare(request), idempotency);
  }

  /** @throws GatewayError IDEMPOTENCY_KEY_MISMATCH or QUEUE_FULL */
  async write(
    owner: TaskOwner,
    prepared: PreparedTask,
    idempotency: IdempotencyRequest | null,
  ): Promise<Created> {
    const now = new Date();
    const { task, parts } = withCalls(newTask(owner, prepared, now), prepared.calls);
    const key = keyOf(idempotency, now);
    const { maxQueued } = owner;
    const made = { task, ...(parts && { parts }), idempotency: key, maxQueued };
    const result = await this.store.create(made);
    if (result === 'created') return { taskId: task.id, replayed: false };
    if (result === 'queue-full') throw queueFull(maxQueued ?? 0);
    return replayOf(result, idempotency?.fingerprint);
  }
}

function newTask(
  { tenantId, keyId }: TaskOwner,
  { taskId, request, model, provider, hold, calls: [{ media, request: sent }] }: PreparedTask,
  now: Date,
): Task {
  return {
    id: taskId,
    tenantId,
    model: model.id,
    kind: model.kind,
    provider: provider.id,
    status: 'queued',
    version: 0,
    input: request.input,
    request: sent,
    media,
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
    pricedBy: null,
    lostCalls: 0,
    ...placeInQueue(request.priority, now),
    account: null,
    cancelRequestedAt: null,
    keyId,
    hold,
    retryOf: null,
    parts: null,
    part: null,
    partial: null,
  };
}

const holdFor = ({ costNanoUsd }: Usage): TaskHold | null =>
  costNanoUsd === null ? null : { nanoUsd: costNanoUsd, priceVersion: currentPrices().version };

/** Same key and same bytes are answered alike for this long. */
const IDEMPOTENCY_TTL_MS = 24 * 3600 * 1000;

const keyOf = (idempotency: IdempotencyRequest | null, now: Date): NewIdempotencyKey | null =>
  idempotency && { ...idempotency, expiresAt: new Date(now.getTime() + IDEMPOTENCY_TTL_MS) };

const QUEUE_FULL_RETRY_SECONDS = 5;

function queueFull(maxQueued: number): GatewayError {
  const message = `You have ${maxQueued} unfinished tasks, the maximum of your account. Wait until one ends, or cancel one.`;
  return new GatewayError('QUEUE_FULL', message, { retryAfterSeconds: QUEUE_FULL_RETRY_SECONDS });
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
