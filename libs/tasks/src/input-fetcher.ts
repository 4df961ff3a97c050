import type { JsonObject } from '@app/providers';
import type { Task } from './task.js';

/**
 * Brings the pictures, videos and sounds that a task names (`media`) into its request, right before it is
 * submitted. What comes out is sent and never stored.
 */
export abstract class InputFetcher {
  /**
   * A copy of the task's request with every place filled. Trouble that may pass is tried again here,
   * a few times.
   * @throws InputUnavailableError
   */
  abstract fill(task: Task, signal: AbortSignal): Promise<JsonObject>;
}

/** An input cannot be had. The message is the caller's to read: which field, and why; no secret. */
export class InputUnavailableError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'InputUnavailableError';
  }
}
