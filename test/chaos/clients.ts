import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, GatewayClient } from '../support/gateway-client.js';
import type { OrderFact } from './facts.js';
import type { PlannedOrder } from './plan.js';

/** What the clients did and saw, as they go. */
export interface ClientLog {
  readonly orders: readonly OrderFact[];
  /** Creates that were sent again because their answer was lost or said "later". */
  readonly resent: number;
  /** Answers that named a task which an earlier request under the same key had made. */
  readonly replayed: number;
  /** Answers that are against the contract, one sentence each. */
  readonly complaints: readonly string[];
}

/** How long a client goes on trying to hand over one order. */
const PATIENCE_MS = 120_000;
const RETRY_MS = 300;

/**
 * Programs as the guide wants them: a create is sent again only under its key, to the next API. Each
 * order is sent at its time; all have been handed over or given up when it resolves.
 */
export async function runClients(
  orders: readonly PlannedOrder[],
  clientsOf: readonly (readonly GatewayClient[])[],
): Promise<ClientLog> {
  const log = { resent: 0, replayed: 0, complaints: [] as string[] };
  const startedAt = Date.now();
  const [single, batched] = [
    orders.filter(({ batch }) => batch === null),
    Map.groupBy(
      orders.filter(({ batch }) => batch !== null),
      ({ batch }) => batch,
    ),
  ];
  const facts = await Promise.all([
    ...single.map(async (order) => {
      await until(startedAt + order.atMs);
      return [await sendOne(order, clientsOf[order.tenant] ?? [], log)];
    }),
    ...[...batched.values()].map(async (batch) => {
      await until(startedAt + (batch[0]?.atMs ?? 0));
      return await sendBatch(batch, clientsOf[batch[0]?.tenant ?? 0] ?? [], log);
    }),
  ]);
  return { ...log, orders: facts.flat() };
}

type Counts = { resent: number; replayed: number; readonly complaints: string[] };

async function sendOne(
  order: PlannedOrder,
  apis: readonly GatewayClient[],
  log: Counts,
): Promise<OrderFact> {
  const sends = order.sentTwice ? [0, 1] : [0];
  const outcomes = await Promise.all(
    sends.map(async (offset) => await create(order, turned(apis, order.tenant + offset), log)),
  );
  const answered = outcomes.flatMap((outcome) => (outcome.taskId === null ? [] : [outcome.taskId]));
  return {
    prompt: order.body.input.prompt,
    answered,
    mayExist: outcomes.some(({ mayExist }) => mayExist),
    cancel: await cancel(order, answered[0], apis),
  };
}

interface Outcome {
  readonly taskId: string | null;
  readonly mayExist: boolean;
}

/** Under a key: until an API has answered. Without: once. */
async function create(
  { body, idempotencyKey }: PlannedOrder,
  apis: readonly GatewayClient[],
  log: Counts,
): Promise<Outcome> {
  const headers = idempotencyKey === null ? {} : { 'idempotency-key': idempotencyKey };
  const giveUpAt = Date.now() + PATIENCE_MS;
  for (let tries = 0; ; tries += 1) {
    const answer = await asked(apis[tries % apis.length], '/v1/tasks', body, headers);
    const taskId = answer === null ? null : taskIdOf(answer.body);
    if (taskId !== null) {
      if (answer?.headers.get('idempotent-replay') === 'true') log.replayed += 1;
      return { taskId, mayExist: false };
    }
    const isLater = answer === null || answer.status >= 500 || answer.status === 429;
    if (!isLater) {
      log.complaints.push(`${body.input.prompt}: ${answer.status} ${JSON.stringify(answer.body)}`);
      return { taskId: null, mayExist: false };
    }
    // A 5xx may have committed before it broke.
    if (idempotencyKey === null) return { taskId: null, mayExist: answer?.status !== 429 };
    if (Date.now() > giveUpAt) return { taskId: null, mayExist: true };
    log.resent += 1;
    await sleep(RETRY_MS);
  }
}

/** As a whole under one key, until each of its tasks was taken or refused for good. */
async function sendBatch(
  batch: readonly PlannedOrder[],
  apis: readonly GatewayClient[],
  log: Counts,
): Promise<readonly OrderFact[]> {
  const body = { tasks: batch.map((order) => order.body) };
  const headers = { 'idempotency-key': `batch of ${batch[0]?.body.input.prompt}` };
  const giveUpAt = Date.now() + PATIENCE_MS;
  let taskIds: readonly (string | null)[] = [];
  for (let tries = 0; Date.now() < giveUpAt; tries += 1) {
    const answer = await asked(apis[tries % apis.length], '/v1/tasks/batch', body, headers);
    taskIds = answer?.status === 200 ? taskIdsOf(answer.body) : [];
    if (taskIds.length === batch.length && !taskIds.includes(null)) break;
    if (answer && answer.status >= 400 && answer.status < 500 && answer.status !== 429) {
      log.complaints.push(`batch: ${answer.status} ${JSON.stringify(answer.body).slice(0, 300)}`);
      return batch.map((order) => factOf(order, null, false));
    }
    log.resent += 1;
    await sleep(RETRY_MS);
  }
  return batch.map((order, index) => factOf(order, taskIds[index] ?? null, true));
}

const factOf = ({ body }: PlannedOrder, taskId: string | null, mayExist: boolean): OrderFact => ({
  prompt: body.input.prompt,
  answered: taskId === null ? [] : [taskId],
  mayExist: mayExist && taskId === null,
  cancel: null,
});

/** @returns the outcome; null when none was wanted or no API answered */
async function cancel(
  { cancelAfterMs }: PlannedOrder,
  taskId: string | undefined,
  apis: readonly GatewayClient[],
): Promise<string | null> {
  if (cancelAfterMs === null || taskId === undefined) return null;
  await sleep(cancelAfterMs);
  for (const api of [...apis, ...apis]) {
    const answer = await asked(api, `/v1/tasks/${taskId}/cancel`, {});
    const { data } = (answer?.body ?? {}) as { data?: { outcome?: string } }; // the envelope
    if (answer?.status === 200) return data?.outcome ?? null;
    await sleep(RETRY_MS);
  }
  return null;
}

/** @returns null when the connection broke */
async function asked(
  api: GatewayClient | undefined,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer | null> {
  return (await api?.request(path, { method: 'POST', body, headers }).catch(() => null)) ?? null;
}

const taskIdOf = (body: unknown): string | null =>
  (body as { data?: { taskId?: string } | null } | null)?.data?.taskId ?? null; // the envelope

/** Of a batch's answer: the id of each item that was taken, in order. */
function taskIdsOf(body: unknown): readonly (string | null)[] {
  const { data } = body as { data?: unknown }; // the envelope
  const items = Array.isArray(data) ? data : Object.values(data ?? {}).find(Array.isArray);
  return ((items ?? []) as unknown[]).map(
    (item) => (item as { taskId?: string }).taskId ?? taskIdOf(item), // an item of the batch
  );
}

const turned = <T>(values: readonly T[], by: number): readonly T[] => [
  ...values.slice(by % values.length),
  ...values.slice(0, by % values.length),
];

async function until(atMs: number): Promise<void> {
  await sleep(Math.max(0, atMs - Date.now()));
}
