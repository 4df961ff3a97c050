export function appEntry(app: 'api' | 'worker' | 'sandbox'): string;
export function ensureBuilt(stopping?: AbortSignal): Promise<void>;
