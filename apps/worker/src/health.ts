/** Answers of the parts that a worker cannot work without. */
export interface Dependencies {
  readonly [name: string]: () => Promise<void>;
}

/** Whether this process can do its work now. */
export class Health {
  /** Set when the process was told to stop: it takes nothing new. */
  draining = false;

  constructor(private readonly dependencies: Dependencies) {}

  /** `ok`, or what is wrong, per part. */
  async report(): Promise<{ ready: boolean; parts: Record<string, string> }> {
    const checks = Object.entries(this.dependencies).map(
      async ([name, check]) =>
        [
          name,
          await check().then(
            () => 'ok',
            () => 'away',
          ),
        ] as const,
    );
    const parts: Record<string, string> = Object.fromEntries(await Promise.all(checks));
    if (this.draining) parts['process'] = 'draining';
    return { ready: Object.values(parts).every((state) => state === 'ok'), parts };
  }
}
