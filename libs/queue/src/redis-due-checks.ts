import { type DueCheck, DueChecks, type Ring } from '@app/tasks';
import type { Redis } from 'ioredis';
import { QUEUE_PREFIX } from './keys.js';
import { untilReady } from './redis.js';

const KEY = `${QUEUE_PREFIX}:checks`;

/** A sorted set: members are attempts, scores the Unix milliseconds at which they are due. */
export class RedisDueChecks extends DueChecks {
  constructor(private readonly redis: Redis) {
    super();
  }

  /** @throws within two seconds when Redis is away */
  async claim(limit: number, leaseMs: number): Promise<readonly string[]> {
    await untilReady(this.redis);
    const now = Date.now();
    return strings(await this.redis.eval(CLAIM, 1, KEY, now, limit, now + leaseMs));
  }

  /**
   * One that was rung since it was claimed stays due: what rang for it may have come after the look.
   * @throws as `claim` does
   */
  async schedule(checks: readonly DueCheck[]): Promise<void> {
    if (checks.length === 0) return;
    await untilReady(this.redis);
    const pairs = checks.flatMap(({ attemptId, dueAt }) => [dueAt.getTime(), attemptId]);
    await this.redis.eval(SCHEDULE, 1, KEY, Date.now(), ...pairs);
  }

  async forget(attemptIds: readonly string[]): Promise<void> {
    if (attemptIds.length === 0) return;
    await untilReady(this.redis);
    await this.redis.zrem(KEY, ...attemptIds);
  }

  /** Makes attempts due at the time of their ring, never later than they are already. */
  async ring(rings: readonly Ring[]): Promise<void> {
    if (rings.length === 0) return;
    const pairs = rings.flatMap(({ subject, dueAt }) => [`${dueAt.getTime()}`, subject]);
    await this.redis.zadd(KEY, 'LT', ...pairs);
  }

  /** Which of these attempts have a time to be looked at. */
  async has(attemptIds: readonly string[]): Promise<readonly boolean[]> {
    if (attemptIds.length === 0) return [];
    const scores = await this.redis.zmscore(KEY, ...attemptIds);
    return scores.map((score) => score !== null);
  }

  /** How many are due, and for how long the first of them has been; milliseconds. */
  async lag(): Promise<{ readonly indexed: number; readonly lagMs: number }> {
    await untilReady(this.redis);
    const [indexed, [, score]] = await Promise.all([
      this.redis.zcard(KEY),
      this.redis.zrange(KEY, '0', '0', 'WITHSCORES'),
    ]);
    return { indexed, lagMs: score === undefined ? 0 : Math.max(Date.now() - Number(score), 0) };
  }
}

/** What is due, the longest overdue first; each is due again when the lease is over. */
const CLAIM = `
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
for _, id in ipairs(due) do redis.call('ZADD', KEYS[1], ARGV[3], id) end
return due`;

/** A score in the past can only be a ring's: a claim has set one in the future. */
const SCHEDULE = `
for i = 2, #ARGV, 2 do
  local score = redis.call('ZSCORE', KEYS[1], ARGV[i + 1])
  if not score or tonumber(score) > tonumber(ARGV[1]) then
    redis.call('ZADD', KEYS[1], ARGV[i], ARGV[i + 1])
  end
end`;

const strings = (reply: unknown): readonly string[] =>
  Array.isArray(reply) ? reply.map((item) => String(item)) : [];
