/** Where a vendor may call back about one attempt; null: nobody outside can reach the gateway. */
export type HookUrls = (provider: string, attemptId: string) => string | null;
