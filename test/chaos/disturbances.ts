import type { ChaosOptions } from './options.js';
import { randomFrom } from './random.js';

/** Something that goes wrong, at a time after the start. */
export type Disturbance = { readonly atMs: number } & (
  | { readonly what: 'kill-api' | 'kill-worker'; readonly index: number }
  | { readonly what: 'redis-flushall' | 'redis-restarts-empty' | 'postgres-crashes' }
  | { readonly what: 'redis-away'; readonly forMs: number }
);

/** Pure: the same options give the same schedule. In order of time. */
export function planDisturbances(options: ChaosOptions): readonly Disturbance[] {
  // Another stream than the orders' one: more tasks do not move the kills.
  const random = randomFrom(options.seed ^ 0x5eed);
  const sometime = (): number => Math.floor(options.durationMs * (0.08 + 0.84 * random.next()));
  const kills = times(Math.round(options.durationMs / options.killEveryMs), () => {
    const kind = random.chance(0.3) ? 'api' : 'worker';
    const index = random.between(0, (kind === 'api' ? options.apis : options.workers) - 1);
    return { atMs: sometime(), what: `kill-${kind}`, index } as const;
  });
  return [
    ...kills,
    ...times(options.redisFlushes, () => ({ atMs: sometime(), what: 'redis-flushall' }) as const),
    ...times(
      options.redisRestarts,
      () => ({ atMs: sometime(), what: 'redis-restarts-empty' }) as const,
    ),
    ...times(options.redisOutages, () => {
      const [low, high] = options.redisAwayMs;
      return { atMs: sometime(), what: 'redis-away', forMs: random.between(low, high) } as const;
    }),
    ...times(
      options.postgresRestarts,
      () => ({ atMs: sometime(), what: 'postgres-crashes' }) as const,
    ),
  ].toSorted((a, b) => a.atMs - b.atMs);
}

const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);
