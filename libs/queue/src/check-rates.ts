import type { Redis } from 'ioredis';
import { QUEUE_PREFIX } from './keys.js';
import { untilReady } from './redis.js';

/** Of the calls that were asked for: how many may go now, and when each of the others may be asked for again. */
export interface RateVerdict {
  readonly allowed: number;
  /** Milliseconds until the first of the others may go. */
  readonly nextInMs: number;
  /** Milliseconds between two calls. */
  readonly everyMs: number;
}

/**
 * How often each account of a vendor may be asked about its jobs, shared by all workers: the generic
 * cell rate algorithm, with a burst of one second. Nobody waits here; who may not go comes again.
 */
export class CheckRates {
  constructor(private readonly redis: Redis) {}

  /** @throws within two seconds when Redis is away */
  async take(account: string, perSecond: number, count: number): Promise<RateVerdict> {
    await untilReady(this.redis);
    const everyMs = 1_000 / perSecond;
    const burstMs = Math.max(1_000, everyMs);
    const key = `${QUEUE_PREFIX}:check-rate:${account}`;
    const [allowed = 0, nextInMs = 0] = numbers(
      await this.redis.eval(TAKE, 1, key, Date.now(), everyMs, burstMs, count),
    );
    return { allowed, nextInMs, everyMs };
  }
}

/** The key holds when the next call would be due if they came evenly; calls may be ahead of it by the burst. */
const TAKE = `
local now, every, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local due = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local room = math.floor((now + burst - due) / every + 0.000001)
local allowed = math.max(math.min(room, tonumber(ARGV[4])), 0)
if allowed > 0 then
  due = due + allowed * every
  redis.call('SET', KEYS[1], string.format('%.3f', due), 'PX', math.ceil(due - now) + 1000)
end
return {allowed, math.max(math.ceil(due + every - burst - now), 0)}`;

const numbers = (reply: unknown): readonly number[] =>
  Array.isArray(reply) ? reply.map((item) => Number(item)) : [];
