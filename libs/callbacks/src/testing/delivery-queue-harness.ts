import { NEW_RECEIVER, type ReceiverKey } from '../receiver.js';
import { type Delivery, type DeliveryAttempt, newDelivery } from '../delivery.js';
import type {
  ClaimedDelivery,
  ClaimView,
  DeliveryQueue,
  DueDelivery,
  FinishedAttempt,
  Outcome,
  ReceiverDecision,
  ReceiverView,
} from '../delivery-queue.js';
import type { RequestedTrigger } from '../queued-delivery.js';
import type { QueuedReceiver } from './in-memory-delivery.queue.js';

/** A queue with nothing in it; `add` does what the task's own commit does. */
export interface DeliveryQueueHarness {
  readonly queue: DeliveryQueue;
  /** Another worker's, over the same rows. */
  readonly other: DeliveryQueue;
  readonly tenantId: string;
  /** Makes a task that deliveries may point at and returns its id; each call another one. */
  readonly makeTask: () => Promise<string>;
  readonly add: (delivery: Delivery) => Promise<void>;
  /** What `DeliveryStore.redeliver` does. */
  readonly request: (deliveryId: string, trigger: RequestedTrigger) => Promise<void>;
  readonly find: (deliveryId: string) => Promise<Delivery | null>;
  readonly attemptsOf: (deliveryId: string) => Promise<readonly DeliveryAttempt[]>;
  readonly findReceiver: (key: ReceiverKey) => Promise<QueuedReceiver | null>;
}

export type MakeQueueHarness = () => Promise<DeliveryQueueHarness>;

/** Dates lie far from now, so no clock needs to be turned. */
export const LONG_PAST = new Date('2019-01-01T00:00:00.000Z');
export const PAST = new Date('2020-01-01T00:00:00.000Z');
export const FUTURE = new Date('2100-01-01T00:00:00.000Z');
export const ORIGIN = 'https://receiver.example';

export const LIMITS = { receivers: 100, perReceiver: 10, leaseMs: 60_000 };
/** What is claimed so has been left behind by its worker at the next look. */
export const NO_LEASE = { ...LIMITS, leaseMs: 0 };

/** One delivery of a task of its own. */
export async function addDelivery(
  harness: DeliveryQueueHarness,
  fields: Partial<Delivery> = {},
): Promise<Delivery> {
  const delivery = {
    ...newDelivery(
      {
        taskId: fields.taskId === undefined ? await harness.makeTask() : fields.taskId,
        tenantId: harness.tenantId,
        event: 'task.success',
        sequence: 1,
        url: `${fields.origin ?? ORIGIN}/hook`,
        body: '{"taskId":"tk-1","text":"é\\n"}',
      },
      PAST,
    ),
    ...fields,
  };
  await harness.add(delivery);
  return delivery;
}

/** A rule for one receiver, carried out on all; what it leaves out stays as it is. */
export const decideEach =
  (rule: (view: ReceiverView) => Partial<ReceiverDecision>) =>
  ({ receivers }: ClaimView): readonly ReceiverDecision[] =>
    receivers.map((view) => ({
      tenantId: view.tenantId,
      origin: view.origin,
      send: [],
      end: [],
      health: view.health,
      lookAt: view.nextDueAt,
      crowded: false,
      ...rule(view),
    }));

export const idsOf = (rows: readonly { readonly id: string }[]): readonly string[] =>
  rows.map(({ id }) => id);

export const sendAll = decideEach(({ due }) => ({ send: idsOf(due) }));
export const sendNone = decideEach(() => ({ lookAt: FUTURE }));

/** What a turn shows of one receiver; nothing is sent. */
export async function look(
  { queue, tenantId }: DeliveryQueueHarness,
  limits = LIMITS,
  origin = ORIGIN,
): Promise<ReceiverView | undefined> {
  let seen: ReceiverView | undefined;
  const again = decideEach(() => ({ lookAt: PAST }));
  await queue.claim(limits, (view) => {
    seen = view.receivers.find((one) => one.tenantId === tenantId && one.origin === origin);
    return again(view);
  });
  return seen;
}

export async function claimAll(
  { queue }: Pick<DeliveryQueueHarness, 'queue'>,
  limits = LIMITS,
): Promise<readonly ClaimedDelivery[]> {
  return (await queue.claim(limits, sendAll)).claimed;
}

/** Claims the one delivery that is due. */
export async function claimOne(
  harness: DeliveryQueueHarness,
  limits = LIMITS,
): Promise<ClaimedDelivery> {
  const [claimed] = await claimAll(harness, limits);
  if (!claimed) throw new Error('Nothing is due');
  return claimed;
}

export const finish = (
  claimed: ClaimedDelivery,
  fields: Partial<FinishedAttempt> = {},
  attempt: Partial<DeliveryAttempt> = {},
): FinishedAttempt => ({
  claimed,
  attempt: {
    deliveryId: claimed.id,
    number: claimed.attempts + 1,
    trigger: claimed.trigger,
    startedAt: PAST,
    durationMs: 12,
    phases: { dnsMs: 1, connectMs: 2, tlsMs: null, firstByteMs: 3 },
    remoteAddress: '192.0.2.7',
    status: 200,
    errorClass: null,
    error: null,
    answerSnippet: 'ok',
    ...attempt,
  },
  next: { state: 'delivered', nextAttemptAt: null },
  ...fields,
});

/** An attempt that failed and is due again at once, unless said otherwise. */
export const failed = (claimed: ClaimedDelivery, dueAt: Date | null = PAST): FinishedAttempt =>
  finish(
    claimed,
    { next: { state: dueAt ? 'pending' : 'dead', nextAttemptAt: dueAt } },
    { status: 500, errorClass: 'server-error', answerSnippet: '' },
  );

/** Notes in the health what it was told, so that tests see it. */
export const learn = (health = NEW_RECEIVER, outcomes: readonly Outcome[]) => ({
  ...health,
  failures: health.failures + outcomes.filter(({ errorClass }) => errorClass !== null).length,
  failingSince: outcomes.some(({ errorClass }) => errorClass) ? PAST.getTime() : null,
});

export const due = (view: ReceiverView | undefined): readonly DueDelivery[] => view?.due ?? [];
