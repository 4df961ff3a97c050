import type { Redis } from 'ioredis';
import { blockingConnection, commandConnection } from './redis.js';

const CHANNEL = 'taskgate:outbox';

/** Tells the relays that the outbox has rows. Only saves them waiting for their next look; may be lost. */
export class OutboxPoke {
  private readonly redis: Redis;

  constructor(redisUrl: string) {
    this.redis = commandConnection(redisUrl);
  }

  poke(): void {
    // Redis is away: the relays look by themselves, every quarter of a second.
    this.redis.publish(CHANNEL, '').catch(() => undefined);
  }

  /** @throws when Redis does not answer */
  async ping(): Promise<void> {
    await this.redis.ping();
  }

  close(): void {
    this.redis.disconnect();
  }
}

/** Calls `onPoke` for every poke until closed. */
export class OutboxPokeListener {
  private readonly redis: Redis;

  constructor(redisUrl: string, onPoke: () => void) {
    this.redis = blockingConnection(redisUrl);
    this.redis.on('message', onPoke);
    this.redis.subscribe(CHANNEL).catch(() => undefined);
  }

  close(): void {
    this.redis.disconnect();
  }
}
