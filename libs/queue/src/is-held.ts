import type { Redis } from 'ioredis';

/**
 * Whether BullMQ holds a job for somebody: it waits for its turn or its time, or a worker that lives
 * is running it. Of a worker that died the job stays, begun, but its lock runs out.
 * @param jobKey the key of the job's hash
 */
export async function isHeld(redis: Redis, jobKey: string): Promise<boolean> {
  const [[added, begun], locks] = await Promise.all([
    redis.hmget(jobKey, 'timestamp', 'processedOn'),
    redis.exists(`${jobKey}:lock`),
  ]);
  return locks > 0 || (typeof added === 'string' && typeof begun !== 'string');
}
