import type { RunningProcess } from './start/running-process.mjs';

export function startRedis(options: {
  readonly directory: string;
  readonly port?: number;
  readonly databases?: number;
}): Promise<RunningProcess & { readonly url: string; readonly port: number }>;
