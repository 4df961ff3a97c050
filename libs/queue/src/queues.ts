import { Bell, firstRing, type Ring, type Step, STEPS } from '@app/tasks';
import { type JobsOptions, Queue } from 'bullmq';
import { isHeld } from './is-held.js';
import { commandConnection, untilReady } from './redis.js';

/** `{…}` keeps one queue's keys on one node of a Redis Cluster. */
export const queueName = (step: Step): string => `taskgate-${step}`;
export const QUEUE_PREFIX = '{taskgate}';

/** What a job carries: only which row to look at. */
export interface StepJob {
  readonly subject: string;
}

/**
 * One BullMQ queue per kind of step. A job's id is (step, subject, ring): while the queue holds it, the
 * same ring is ignored; once done it is forgotten, because the row decides whether there is still work.
 */
export class Queues extends Bell {
  private readonly connection;
  private readonly queues: ReadonlyMap<Step, Queue<StepJob>>;

  constructor(redisUrl: string) {
    super();
    this.connection = commandConnection(redisUrl);
    this.queues = new Map(
      STEPS.map((step) => [
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
    const byStep = Map.groupBy(rings, ({ step }) => step);
    await Promise.all(
      [...byStep].map(
        async ([step, ofStep]) => await this.queues.get(step)?.addBulk(ofStep.map(toJob)),
      ),
    );
  }

  /** @throws as `ring` does */
  async lost(rings: readonly Ring[]): Promise<readonly Ring[]> {
    await untilReady(this.connection);
    const held = await Promise.all(rings.map(async (ring) => await this.isAnswered(ring)));
    return rings.filter((_, index) => held[index] === false);
  }

  private async isAnswered(ring: Ring): Promise<boolean> {
    const ids = new Set([jobId(ring), jobId({ ...ring, ring: firstRing(ring) })]);
    const keys = [...ids].map((id) => this.queues.get(ring.step)?.toKey(id) ?? '');
    const held = await Promise.all(keys.map(async (key) => await isHeld(this.connection, key)));
    return held.includes(true);
  }

  /** @throws when Redis does not answer */
  async ping(): Promise<void> {
    await this.connection.ping();
  }

  async close(): Promise<void> {
    await Promise.all([...this.queues.values()].map(async (queue) => await queue.close()));
    this.connection.disconnect();
  }
}

const jobId = ({ step, subject, ring }: Ring): string => `${step}-${subject}-${ring}`;

function toJob(ring: Ring): {
  name: string;
  data: StepJob;
  opts: JobsOptions;
} {
  return {
    name: ring.step,
    data: { subject: ring.subject },
    opts: {
      jobId: jobId(ring),
      delay: Math.max(ring.dueAt.getTime() - Date.now(), 0),
      // A step that fails for a reason of ours is tried a few times; after that the reconciler finds the row.
      attempts: 3,
      backoff: { type: 'exponential', delay: 500 },
      removeOnComplete: true,
      removeOnFail: true,
    },
  };
}
