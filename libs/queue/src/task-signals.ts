import { TaskSignals } from '@app/tasks';
import type { Redis } from 'ioredis';
import { blockingConnection, commandConnection } from './redis.js';

const CHANNEL = 'taskgate:tasks';
const IDS_A_MESSAGE = 500;

/** Signals over publish and subscribe: who listens now hears them, nobody else. */
export class RedisTaskSignals extends TaskSignals {
  private readonly redis: Redis;
  private readonly waiting = new Set<string>();

  constructor(redisUrl: string) {
    super();
    this.redis = commandConnection(redisUrl);
  }

  /** What is told in the same turn of the event loop goes out together. */
  override tell(taskIds: readonly string[]): void {
    if (taskIds.length === 0) return;
    if (this.waiting.size === 0) setImmediate(() => this.send());
    for (const id of taskIds) this.waiting.add(id);
  }

  close(): void {
    this.redis.disconnect();
  }

  private send(): void {
    const ids = [...this.waiting];
    this.waiting.clear();
    for (let sent = 0; sent < ids.length; sent += IDS_A_MESSAGE) {
      const message = ids.slice(sent, sent + IDS_A_MESSAGE).join(',');
      // Redis is away: who waits looks at the rows every second.
      this.redis.publish(CHANNEL, message).catch(() => undefined);
    }
  }
}

/** Calls `onSignal` with the tasks that changed, until closed. One subscription a process is enough. */
export class TaskSignalsListener {
  private readonly redis: Redis;

  constructor(redisUrl: string, onSignal: (taskIds: readonly string[]) => void) {
    this.redis = blockingConnection(redisUrl);
    this.redis.on('message', (_channel: string, message: string) => onSignal(message.split(',')));
    this.redis.subscribe(CHANNEL).catch(() => undefined);
  }

  close(): void {
    this.redis.disconnect();
  }
}
