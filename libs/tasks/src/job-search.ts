import { ProviderError } from '@app/errors';
import type { LostSubmit, Recovered } from '@app/providers';
import { seekDelayMs } from './after-lost-answer.js';
import { endAttempt } from './end-attempt.js';
import type { Looked } from './job-look.js';
import type { LostSubmits } from './lost-submits.js';
import { accepted } from './moves.js';
import type { StepTools } from './step-tools.js';
import type { OpenAttempt } from './task.store.js';
import type { Attempt } from './task.js';

/**
 * Looks for a job whose submit got no answer: by what the vendor's own callback told, or by asking the
 * vendor. When the time is over, nobody can tell.
 */
export class JobSearch {
  constructor(
    private readonly tools: StepTools,
    private readonly lost: LostSubmits,
  ) {}

  async look(open: OpenAttempt, shutdown: AbortSignal): Promise<Looked> {
    const { attempt } = open;
    const options = { counts: isSought, shutdown };
    if (attempt.hookHandle) {
      const cause = 'job found by the vendor’s callback';
      return await this.found(open, { handle: attempt.hookHandle, cause }, shutdown);
    }
    const recovered = await this.ask(open, shutdown);
    switch (recovered.found) {
      case 'job':
        return await this.found(open, { ...recovered, cause: 'job found at the vendor' }, shutdown);
      case 'absent': {
        const error = 'the vendor does not have the job';
        const end = { id: attempt.id, state: 'failed', error } as const;
        const again = { next: 'retry', afterMs: 0 } as const;
        const won = await this.tools.settle(open, options, (task, context) =>
          endAttempt(task, end, again, context),
        );
        if (won) this.tools.metrics.recoveredSubmits.inc();
        return 'over';
      }
      case 'unclear':
        break;
    }
    const now = Date.now();
    const until = attempt.seekUntil?.getTime() ?? now;
    if (now >= until) {
      await this.lost.giveUp(open, 'its answer was lost, and the job could not be found', options);
      return 'over';
    }
    const nextAt = Math.min(now + seekDelayMs(now - attempt.startedAt.getTime()), until);
    return { nextAt: new Date(nextAt), progress: null };
  }

  private async found(
    open: OpenAttempt,
    job: Pick<Parameters<typeof accepted>[2], 'handle' | 'vendorId' | 'cause'>,
    shutdown: AbortSignal,
  ): Promise<Looked> {
    const won = await this.tools.settle(open, { counts: isSought, shutdown }, (task, context) =>
      accepted(task, open.attempt, { ...job, firstCheckAt: context.now }, context),
    );
    if (!won) return 'over';
    this.tools.metrics.recoveredSubmits.inc();
    return { nextAt: new Date(), progress: null };
  }

  private async ask({ task, attempt }: OpenAttempt, signal: AbortSignal): Promise<Recovered> {
    const { vendors, store, logger } = this.tools;
    const account = vendors.find(attempt.account) ?? vendors.choose(task.provider);
    const model = account?.provider.models.find(({ id }) => id === task.model);
    if (!account?.provider.recover) return { found: 'unclear' };
    const { provider, context } = vendors.open(account, RECOVER_TIMEOUT_MS, signal);
    const lost: LostSubmit = {
      attemptId: attempt.id,
      request: task.request,
      vendorModel: model?.vendorModel ?? task.model,
      startedAt: attempt.startedAt.getTime(),
      owned: async (vendorIds) => await store.ownedVendorIds(provider.id, vendorIds),
      rivals: async () => {
        const others = await store.unansweredBeside(attempt.id);
        return others.map(({ task: { request }, attempt: { startedAt } }) => {
          return { request, startedAt: startedAt.getTime() };
        });
      },
    };
    try {
      const recovered = (await provider.recover?.(lost, context)) ?? { found: 'unclear' };
      // What one account does not have, another may: only the one that was asked can tell that it has not.
      const isSame = account.id === attempt.account;
      return recovered.found === 'absent' && !isSame ? { found: 'unclear' } : recovered;
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      vendors.afterError(account, error);
      logger.warn(
        { taskId: task.id, provider: provider.id, err: error },
        'looking for a job failed',
      );
      return { found: 'unclear' };
    }
  }
}

const isSought = ({ state }: Attempt): boolean => state === 'seeking';

const RECOVER_TIMEOUT_MS = 30_000;
