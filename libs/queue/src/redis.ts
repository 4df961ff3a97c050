import { once } from 'node:events';
import { Redis } from 'ioredis';

/**
 * For short commands on the way of a request or a duty: fails at once while Redis is away, instead
 * of queueing commands that nobody waits for any more.
 */
export function commandConnection(url: string): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    commandTimeout: COMMAND_TIMEOUT_MS,
    maxRetriesPerRequest: 1,
    retryStrategy: reconnectDelayMs,
    lazyConnect: false,
  });
  return quiet(redis);
}

const COMMAND_TIMEOUT_MS = 2_000;

/**
 * BullMQ's queues wait for the first connection without end; this fails with the next error of the
 * connection, or after the time of a command.
 */
export async function untilReady(redis: Redis): Promise<void> {
  if (redis.status === 'ready') return;
  await once(redis, 'ready', { signal: AbortSignal.timeout(COMMAND_TIMEOUT_MS) });
}

/** For BullMQ's blocking reads: waits for Redis to come back, as BullMQ demands. */
export function blockingConnection(url: string): Redis {
  return quiet(new Redis(url, { maxRetriesPerRequest: null, retryStrategy: reconnectDelayMs }));
}

const reconnectDelayMs = (attempt: number): number => Math.min(attempt * 100, 1_000);

/** Connection errors show in what fails because of them; without a listener they would end the process. */
function quiet(redis: Redis): Redis {
  redis.on('error', () => undefined);
  return redis;
}
