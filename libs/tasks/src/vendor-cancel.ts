import { ProviderError } from '@app/errors';
import type { StepTools } from './step-tools.js';
import type { Attempt, Task } from './task.js';

export type Stopped = 'stopped' | 'too-late' | 'no-answer' | 'not-supported';

/** Asks a vendor to stop a job, once; what it answers decides nothing about the task. */
export async function askToStop(
  { vendors, logger }: Pick<StepTools, 'vendors' | 'logger'>,
  task: Pick<Task, 'id' | 'provider'>,
  { account: accountId, handle }: Pick<Attempt, 'account' | 'handle'>,
  signal: AbortSignal,
): Promise<Stopped> {
  const account = vendors.find(accountId) ?? vendors.choose(task.provider);
  if (!account?.provider.cancel || !handle) return 'not-supported';
  const { provider, context } = vendors.open(account, CANCEL_TIMEOUT_MS, signal);
  try {
    const outcome = (await provider.cancel?.(handle, context)) ?? 'not-supported';
    logger.info({ taskId: task.id, provider: provider.id, outcome }, 'vendor asked to stop a job');
    return outcome;
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    vendors.afterError(account, error);
    logger.warn(
      { taskId: task.id, provider: provider.id, err: error },
      'cancel at the vendor failed',
    );
    return 'no-answer';
  }
}

const CANCEL_TIMEOUT_MS = 10_000;
