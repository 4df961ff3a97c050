import type { RunningProcess } from './running-process.mjs';

export function startNodeApp(options: {
  readonly name: string;
  readonly node: string;
  readonly entry: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly readyUrl: string;
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
  readonly stopping?: AbortSignal;
  readonly readyWithinMs?: number;
}): Promise<RunningProcess>;
