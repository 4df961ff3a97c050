import {
  type ReceiverKey,
  type ReceiverNews,
  receiverNews,
  type ReceiverReports,
  type WatchedReceiver,
} from '@app/callbacks';
import type { Logger, Metrics } from '@app/observability';
import type { Duty } from './duty.js';

export interface ReceiverReportsParts {
  readonly reports: ReceiverReports;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** A receiver that has failed for so long is left alone for good; null: none is. */
  readonly disableAfterMs: number | null;
}

/**
 * Tells operators how callbacks stand: figures for `/metrics`, the same from every worker, and a line of
 * the log when a receiver fails for long, is left alone, or does well again. Whichever worker notes it
 * first writes the line, so it is written once; a worker that dies in between leaves it out.
 */
export class ReceiverReportsDuty implements Duty {
  readonly name = 'receiver-reports';
  readonly everyMs = 15_000;

  constructor(private readonly parts: ReceiverReportsParts) {}

  async runOnce(): Promise<boolean> {
    await this.show();
    let after: ReceiverKey | null = null;
    for (;;) {
      const page: readonly WatchedReceiver[] = await this.parts.reports.watched(after, PAGE);
      for (const receiver of page) await this.tell(receiver);
      after = page.at(-1) ?? null;
      if (page.length < PAGE) return false;
    }
  }

  private async show(): Promise<void> {
    const { reports, metrics } = this.parts;
    const figures = await reports.figures();
    for (const state of ['failing', 'open', 'disabled'] as const)
      metrics.callbackReceivers.set({ state }, figures[state]);
    metrics.callbacksWaiting.set(figures.waiting);
    metrics.oldestCallback.set(secondsSince(figures.oldestDue));
    metrics.callbacksLate.set(secondsSince(figures.lateSince));
  }

  private async tell(receiver: WatchedReceiver): Promise<void> {
    const { reports, logger, disableAfterMs } = this.parts;
    const report = receiverNews(receiver.health, receiver.told, disableAfterMs);
    if (!report || !(await reports.note(receiver, receiver.told, report.told))) return;
    const { tenantId, tenant, origin } = receiver;
    const { failures } = receiver.health;
    const fields = { tenantId, tenant, origin, ...detailsOf(report.news, failures) };
    logger[LEVELS[report.news.kind]](fields, PHRASES[report.news.kind]);
  }
}

const PAGE = 500;
const HOUR_MS = 3_600_000;

const LEVELS = { failing: 'warn', disabled: 'warn', enabled: 'info', recovered: 'info' } as const;

const PHRASES: Readonly<Record<ReceiverNews['kind'], string>> = {
  failing: 'callback receiver fails for long',
  disabled: 'callback receiver is disabled',
  enabled: 'callback receiver is enabled again',
  recovered: 'callback receiver works again',
};

function detailsOf(news: ReceiverNews, failures: number): object {
  switch (news.kind) {
    case 'failing': {
      const { failedForMs, disabledInMs } = news;
      const policy = disabledInMs === null ? {} : { disabledInHours: hours(disabledInMs) };
      return { failures, failedForHours: hours(failedForMs), ...policy };
    }
    case 'recovered':
      return news.failedForMs === null ? {} : { failedForHours: hours(news.failedForMs) };
    case 'disabled':
      return { failures };
    case 'enabled':
      return {};
  }
}

const hours = (ms: number): number => Math.round((10 * ms) / HOUR_MS) / 10;

const secondsSince = (then: Date | null): number =>
  then ? Math.max(Date.now() - then.getTime(), 0) / 1_000 : 0;
