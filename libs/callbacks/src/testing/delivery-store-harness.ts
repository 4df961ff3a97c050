import {
  type AttemptTrigger,
  type Delivery,
  type DeliveryAttempt,
  newDelivery,
} from '../delivery.js';
import type { DeliveryStore } from '../delivery.store.js';
import type { ReceiverHealth, ReceiverKey } from '../receiver.js';

/** A store with room for rows; `add` and the rest do what tasks and workers do. */
export interface DeliveryStoreHarness {
  readonly store: DeliveryStore;
  /** A tenant that rows may belong to; nobody else's. */
  readonly tenantId: string;
  /** Makes a task that deliveries may point at and returns its id; each call another one. */
  readonly makeTask: () => Promise<string>;
  /** `leaseUntil`: an attempt of it is under way until then. */
  readonly add: (delivery: Delivery, leaseUntil?: Date) => Promise<void>;
  readonly addAttempt: (attempt: DeliveryAttempt) => Promise<void>;
  readonly eraseTask: (taskId: string) => Promise<void>;
  readonly setHealth: (key: ReceiverKey, health: ReceiverHealth) => Promise<void>;
  /** What somebody asked for while an attempt is under way. */
  readonly requestedOf: (deliveryId: string) => Promise<AttemptTrigger | null>;
}

export type MakeHarness = () => Promise<DeliveryStoreHarness>;

/** Dates lie far from now, so no clock needs to be turned. */
export const PAST = new Date('2020-01-01T00:00:00.000Z');
export const FUTURE = new Date('2100-01-01T00:00:00.000Z');

export const ORIGIN = 'https://receiver.example';

/** Minutes after `PAST`: the later, the larger the id. */
export const minute = (count: number): Date => new Date(PAST.getTime() + count * 60_000);

/** A delivery of a task of its own, with the id of its time. */
export async function addDelivery(
  { tenantId, makeTask, add }: DeliveryStoreHarness,
  fields: Partial<Delivery> = {},
  leaseUntil?: Date,
): Promise<Delivery> {
  const taskId = fields.taskId ?? (await makeTask());
  const event = fields.event ?? 'task.success';
  const body = '{"taskId":"tk-1","text":"é\\n"}';
  const made = newDelivery(
    { taskId, tenantId, event, sequence: 1, url: `${ORIGIN}/hook`, body },
    fields.createdAt ?? PAST,
  );
  const delivery = { ...made, ...fields };
  await add(delivery, leaseUntil);
  return delivery;
}

/** A delivery that has ended. */
export const DEAD = { state: 'dead', nextAttemptAt: null, attempts: 11, autoAttempts: 11 } as const;
export const DELIVERED = {
  state: 'delivered',
  nextAttemptAt: null,
  attempts: 1,
  autoAttempts: 1,
} as const;

export const makeAttempt = (deliveryId: string, number: number): DeliveryAttempt => ({
  deliveryId,
  number,
  trigger: 'auto',
  startedAt: PAST,
  durationMs: 12,
  phases: { dnsMs: 1, connectMs: 2, tlsMs: 3, firstByteMs: 6 },
  remoteAddress: '203.0.113.7',
  status: 200,
  errorClass: null,
  error: null,
  answerSnippet: 'ok',
});
