import type { RunningProcess } from './start/running-process.mjs';

export function startPostgres(options: {
  readonly directory: string;
  readonly port?: number;
  readonly fsync?: boolean;
  readonly say?: (line: string) => void;
}): Promise<
  RunningProcess & { readonly url: string; readonly port: number; readonly data: string }
>;
