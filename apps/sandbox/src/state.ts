import { randomBytes } from 'node:crypto';
import { FaultCounter } from './directions/fault-counter.js';
import { Keys } from './keys.js';
import { RequestLog } from './request-log.js';
import { SubmitLog } from './submit-log.js';
import { workIn } from './work.js';

/** What all stand-ins share. Everything is in memory and bounded; a restart forgets it. */
export interface SandboxState {
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Work time of an image or video job without `[[delay:…]]`, milliseconds. */
  readonly delayMs: number;
  /** Jobs that one key may have at work at BFL; the vendor's own figure is 24. Null: as many as come. */
  readonly bflMaxActive: number | null;
  /** Credits that each key begins with at BFL. Null: as many as are asked for. */
  readonly bflCredits: number | null;
  readonly submits: SubmitLog;
  readonly requests: RequestLog;
  readonly faults: FaultCounter;
  readonly keys: Keys;
  /** Signs links to results; new in each process. */
  readonly linkSecret: Buffer;
  /** Aborted when the sandbox stops, so that nothing outlives it. */
  readonly stopping: AbortSignal;
  /** Waits; rejects at once when the sandbox stops. */
  readonly work: (durationMs: number) => Promise<void>;
}

export function createState(options: {
  readonly now: () => number;
  readonly delayMs: number;
  readonly bflMaxActive: number | null;
  readonly bflCredits: number | null;
  readonly stopping: AbortSignal;
}): SandboxState {
  return {
    ...options,
    submits: new SubmitLog(options.now),
    requests: new RequestLog(options.now),
    faults: new FaultCounter(),
    keys: new Keys(),
    linkSecret: randomBytes(32),
    work: workIn(options.stopping),
  };
}
