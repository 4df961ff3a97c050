import type { ChildProcess, SpawnOptions } from 'node:child_process';

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly reason: string;
}

export interface StopOptions {
  readonly signal?: NodeJS.Signals;
  readonly deadlineMs?: number;
  readonly hurry?: AbortSignal;
}

export interface RunningProcess {
  readonly pid: number;
  readonly child: ChildProcess;
  readonly exited: Promise<ProcessEnd>;
  hasEnded(): boolean;
  stop(options?: StopOptions): Promise<ProcessEnd>;
}

export function runProcess(
  options: SpawnOptions & {
    readonly command: string;
    readonly args: readonly string[];
    readonly orphanSignal?: NodeJS.Signals;
  },
): RunningProcess;
