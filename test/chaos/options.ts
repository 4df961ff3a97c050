export interface ChaosOptions {
  readonly seed: number;
  readonly tasks: number;
  /** For how long clients send and things break. */
  readonly durationMs: number;
  /** Deadline of the tasks; all have ended soon after it. */
  readonly deadlineSeconds: number;
  readonly apis: number;
  readonly workers: number;
  /** Mean time between two kills of a process. */
  readonly killEveryMs: number;
  /** How long Redis is away each time, shortest and longest. */
  readonly redisAwayMs: readonly [number, number];
  /** How often each of these happens. */
  readonly redisFlushes: number;
  readonly redisRestarts: number;
  readonly redisOutages: number;
  readonly postgresRestarts: number;
}

/** From `CHAOS_TASKS`, `CHAOS_MINUTES` and so on. @throws RangeError naming the variable */
export function chaosOptions(
  environment: Readonly<Record<string, string | undefined>>,
  now: number,
): ChaosOptions {
  const minutes = numberOf(environment, 'CHAOS_MINUTES', 6);
  return {
    seed: numberOf(environment, 'CHAOS_SEED', now % 1_000_000),
    tasks: numberOf(environment, 'CHAOS_TASKS', 2000),
    durationMs: minutes * 60_000,
    deadlineSeconds: numberOf(environment, 'CHAOS_DEADLINE_SECONDS', 300),
    apis: 2,
    workers: numberOf(environment, 'CHAOS_WORKERS', 3),
    killEveryMs: numberOf(environment, 'CHAOS_KILL_EVERY_SECONDS', 8) * 1000,
    redisAwayMs: [10_000, 40_000],
    redisFlushes: Math.max(1, Math.round(minutes)),
    redisRestarts: Math.max(1, Math.round(minutes / 2)),
    redisOutages: Math.max(1, Math.round(minutes / 3)),
    postgresRestarts: Math.max(1, Math.round(minutes / 3)),
  };
}

/** Small enough for `npm test`: each kind of trouble once, kills as often as processes start. */
export const SMALL_CHAOS = {
  seed: 20_261_122,
  tasks: 120,
  durationMs: 25_000,
  deadlineSeconds: 30,
  apis: 2,
  workers: 2,
  killEveryMs: 6_000,
  redisAwayMs: [4_000, 6_000],
  redisFlushes: 1,
  redisRestarts: 1,
  redisOutages: 1,
  postgresRestarts: 1,
} as const satisfies ChaosOptions;

function numberOf(
  environment: Readonly<Record<string, string | undefined>>,
  name: string,
  fallback: number,
): number {
  const text = environment[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new RangeError(`${name} takes a number above 0; it is "${text}".`);
}
