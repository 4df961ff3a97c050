import { Redis } from 'ioredis';

/**
 * For short commands on the way of a request or a duty: fails at once while Redis is away, instead
 * of queueing commands that nobody waits for any more.
 */
export function commandConnection(url: string): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    commandTimeout: 2_000,
    maxRetriesPerRequest: 1,
    retryStrategy: reconnectDelayMs,
    lazyConnect: false,
  });
  return quiet(redis);
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
