import { ProviderError } from '@app/errors';
import type { ArchiveError } from '@app/outputs';
import type { Done } from '@app/providers';
import type { AskedAnew } from './after-archive-error.js';
import type { OutputIntake } from './output-intake.js';
import type { StepTools } from './step-tools.js';
import type { Task, TaskOutput } from './task.js';

export interface FreshOutputs {
  readonly asked: AskedAnew;
  /** As they were, where nothing fresh came. */
  readonly outputs: readonly TaskOutput[];
}

/**
 * Asks the vendor of a job that is done once more what it made: for links that died, and for files that
 * come broken. The vendor has been paid already, and asking costs nothing.
 */
export async function askAnew(
  tools: StepTools,
  intake: OutputIntake,
  job: {
    readonly task: Task;
    readonly outputs: readonly TaskOutput[];
    readonly error: ArchiveError;
  },
  signal: AbortSignal,
): Promise<FreshOutputs> {
  const { task, outputs, error } = job;
  // Our own store's trouble, and what will be too large again.
  if (error.reason === 'store' || error.reason === 'too-large')
    return { asked: 'nothing', outputs };
  const attempts = await tools.store.attemptsOf(task.id);
  const attempt = attempts.findLast(({ state }) => state === 'done');
  const account =
    attempt && (tools.vendors.find(attempt.account) ?? tools.vendors.choose(task.provider));
  if (!attempt?.handle || !account?.provider.check) return { asked: 'nothing', outputs };
  const { provider, context } = tools.vendors.open(account, CHECK_TIMEOUT_MS, signal);
  try {
    const seen = await provider.check?.(attempt.handle, context);
    if (seen?.state !== 'done') return { asked: 'unclear', outputs };
    return await merge(intake, { task, outputs }, seen);
  } catch (err) {
    if (!(err instanceof ProviderError)) throw err;
    tools.vendors.afterError(account, err);
    tools.logger.warn(
      { taskId: task.id, provider: provider.id, err },
      'asking for links anew failed',
    );
    return { asked: 'unclear', outputs };
  }
}

/** What is stored stays; every other output gets what the vendor says now, under its own id. */
async function merge(
  intake: OutputIntake,
  { task, outputs }: { readonly task: Task; readonly outputs: readonly TaskOutput[] },
  seen: Done,
): Promise<FreshOutputs> {
  if (seen.outputs.length !== outputs.length) return { asked: 'nothing', outputs };
  const taken = await intake.take(task, seen.outputs);
  const merged = outputs.map((output): TaskOutput => {
    const fresh = taken.find(({ index }) => index === output.index);
    if (output.stored || !fresh) return output;
    return { ...output, source: fresh.source, stored: fresh.stored };
  });
  const isFresh = merged.some(
    ({ source, stored }, index) =>
      stored !== outputs[index]?.stored || source?.url !== outputs[index]?.source?.url,
  );
  return { asked: isFresh ? 'fresh' : 'nothing', outputs: merged };
}

const CHECK_TIMEOUT_MS = 60_000;
