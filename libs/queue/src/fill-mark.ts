import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { QUEUE_PREFIX } from './keys.js';

const KEY = `${QUEUE_PREFIX}:filled`;
const PATIENCE_MS = 120_000;

/**
 * A key that says whose data Redis has. When it is gone, or another installation's, Redis was emptied.
 * Whoever notices fills it again, alone; a second loss in the middle of that takes the mark with it,
 * so that filling is not taken for complete.
 */
export class FillMark {
  private readonly filling: string;

  constructor(
    private readonly redis: Redis,
    private readonly installation: string,
  ) {
    this.filling = `filling ${installation} ${randomUUID()}`;
  }

  /** True for one at a time; another may try when that one has not finished within two minutes. */
  async isEmptied(): Promise<boolean> {
    const { installation, filling } = this;
    return (await this.redis.eval(NOTICE, 1, KEY, installation, filling, PATIENCE_MS)) === 1;
  }

  async markFilled(): Promise<void> {
    await this.redis.eval(FILLED, 1, KEY, this.filling, this.installation);
  }
}

const NOTICE = `
local mark = redis.call('GET', KEYS[1])
if mark == ARGV[1] then return 0 end
if mark and mark ~= ARGV[2] and string.sub(mark, 1, 9 + #ARGV[1]) == 'filling ' .. ARGV[1] .. ' ' then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`;

const FILLED = `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('SET', KEYS[1], ARGV[2]) end
return 1`;
