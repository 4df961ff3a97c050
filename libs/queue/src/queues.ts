import { Bell, firstRing, type Ring, type Step, STEPS } from '@app/tasks';
import { type JobsOptions, Queue } from 'bullmq';
import { archivePriority } from './archive-priority.js';
import { CheckRates } from './check-rates.js';
import { FillMark } from './fill-mark.js';
import { isHeld } from './is-held.js';
import { QUEUE_PREFIX } from './keys.js';
import { commandConnection, untilReady } from './redis.js';
import { RedisDueChecks } from './redis-due-checks.js';

/** Steps that have a queue; checks have the index of due checks instead. */
export type QueuedStep = Exclude<Step, 'check'>;
export const QUEUED_STEPS: readonly QueuedStep[] = STEPS.filter((step) => step !== 'check');

export const queueName = (step: QueuedStep): string => `taskgate-${step}`;

/** What a job carries: only which row to look at. */
export interface StepJob {
  readonly subject: string;
}

/**
 * One BullMQ queue per kind of step but checks. A job's id is (step, subject, ring): while the queue
 * holds it, the same ring is ignored; once done it is forgotten, because the row decides whether there
 * is still work.
 */
export class Queues extends Bell {
  /** Where rings for checks go. */
  readonly checks: RedisDueChecks;
  readonly checkRates: CheckRates;
  private readonly mark: FillMark;
  private readonly connection;
  private readonly queues: ReadonlyMap<Step, Queue<StepJob>>;

  /** @param installation names the database whose rows Redis rings for */
  constructor(redisUrl: string, installation: string) {
    super();
    this.connection = commandConnection(redisUrl);
    this.checks = new RedisDueChecks(this.connection);
    this.checkRates = new CheckRates(this.connection);
    this.mark = new FillMark(this.connection, installation);
    this.queues = new Map(
      QUEUED_STEPS.map((step) => [
        step,
        new Queue<StepJob>(queueName(step), {
          connection: this.connection,
          prefix: QUEUE_PREFIX,
          // Its look at Redis' version, when it fails, is never repeated: a Redis that was away at the
          // start would leave the queue broken.
          skipVersionCheck: true,
        }),
      ]),
    );
    for (const queue of this.queues.values()) queue.on('error', () => undefined);
  }

  /** @throws within two seconds when Redis is away */
  async ring(rings: readonly Ring[]): Promise<void> {
    await untilReady(this.connection);
    const { check = [], ...queued } = Object.groupBy(rings, ({ step }) => step);
    await Promise.all([
      this.checks.ring(check),
      ...Object.values(queued).map(async (ofStep) => await this.add(ofStep)),
    ]);
  }

  /** @throws as `ring` does */
  async lost(rings: readonly Ring[]): Promise<readonly Ring[]> {
    await untilReady(this.connection);
    const { check = [], ...queued } = Object.groupBy(rings, ({ step }) => step);
    const others = Object.values(queued).flat();
    const [checksHeld, othersHeld] = await Promise.all([
      this.checks.has(check.map(({ subject }) => subject)),
      Promise.all(others.map(async (ring) => await this.isAnswered(ring))),
    ]);
    const held = [...checksHeld, ...othersHeld];
    return [...check, ...others].filter((_, index) => held[index] === false);
  }

  /** @throws as `ring` does */
  async isEmptied(): Promise<boolean> {
    await untilReady(this.connection);
    return await this.mark.isEmptied();
  }

  /** @throws as `ring` does */
  async markFilled(): Promise<void> {
    await untilReady(this.connection);
    await this.mark.markFilled();
  }

  /** @throws as `ring` does */
  async connected(): Promise<void> {
    await untilReady(this.connection);
  }

  /** @throws when Redis does not answer */
  async ping(): Promise<void> {
    await this.connection.ping();
  }

  async close(): Promise<void> {
    await Promise.all([...this.queues.values()].map(async (queue) => await queue.close()));
    this.connection.disconnect();
  }

  private async add(rings: readonly Ring[]): Promise<void> {
    const [first] = rings;
    if (first) await this.queues.get(first.step)?.addBulk(rings.map(toJob));
  }

  private async isAnswered(ring: Ring): Promise<boolean> {
    const ids = new Set([jobId(ring), jobId({ ...ring, ring: firstRing(ring) })]);
    const keys = [...ids].map((id) => this.queues.get(ring.step)?.toKey(id) ?? '');
    const held = await Promise.all(keys.map(async (key) => await isHeld(this.connection, key)));
    return held.includes(true);
  }
}

const jobId = ({ step, subject, ring }: Ring): string => `${step}-${subject}-${ring}`;

function toJob(ring: Ring): { name: string; data: StepJob; opts: JobsOptions } {
  return {
    name: ring.step,
    data: { subject: ring.subject },
    opts: {
      jobId: jobId(ring),
      delay: Math.max(ring.dueAt.getTime() - Date.now(), 0),
      ...(ring.step === 'archive' && { priority: archivePriority(ring) }),
      // A step that fails for a reason of ours is tried a few times; after that the reconciler finds the row.
      attempts: 3,
      backoff: { type: 'exponential', delay: 500 },
      removeOnComplete: true,
      removeOnFail: true,
    },
  };
}
