import {
  type CallbackFigures,
  type ReceiverKey,
  ReceiverReports,
  type SeenHealth,
  type ToldOfReceiver,
  type WatchedReceiver,
} from '@app/callbacks';
import { createLogger, createMetrics } from '@app/observability';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ReceiverReportsDuty } from './receiver-reports.duty.js';

const HOUR_MS = 3_600_000;
const NOTHING: CallbackFigures = {
  failing: 0,
  open: 0,
  disabled: 0,
  waiting: 0,
  oldestDue: null,
  lateSince: null,
};

class ScriptedReports extends ReceiverReports {
  readonly told = new Map<string, ToldOfReceiver | null>();
  counted = NOTHING;
  isFirst = true;

  constructor(private readonly health: Map<string, SeenHealth>) {
    super();
  }

  override async figures(): Promise<CallbackFigures> {
    return this.counted;
  }

  override async watched(
    after: ReceiverKey | null,
    limit: number,
  ): Promise<readonly WatchedReceiver[]> {
    return [...this.health]
      .filter(([origin]) => origin > (after?.origin ?? ''))
      .slice(0, limit)
      .map(([origin, health]) => ({
        tenantId: 'tn_1',
        tenant: 'shop',
        origin,
        health,
        told: this.told.get(origin) ?? null,
      }));
  }

  override async note(
    { origin }: ReceiverKey,
    _before: ToldOfReceiver | null,
    told: ToldOfReceiver | null,
  ): Promise<boolean> {
    if (this.isFirst) this.told.set(origin, told);
    return this.isFirst;
  }
}

const failedFor = (hours: number): SeenHealth => ({
  failingSince: HOUR_MS,
  lastFailureAt: HOUR_MS * (1 + hours),
  lastSuccessAt: null,
  failures: 12,
  disabledAt: null,
});

interface Line {
  readonly level: number;
  readonly msg: string;
}

const [INFO, WARN] = [30, 40];

function dutyWith(health: Map<string, SeenHealth>, disableAfterHours: number | null = null) {
  const lines: Line[] = [];
  const logger = createLogger(
    { name: 'test', level: 'info' },
    { write: (line) => lines.push(JSON.parse(line) as Line) },
  );
  const reports = new ScriptedReports(health);
  const metrics = createMetrics();
  const disableAfterMs = disableAfterHours && disableAfterHours * HOUR_MS;
  const duty = new ReceiverReportsDuty({ reports, logger, metrics, disableAfterMs });
  return { duty, reports, lines, text: async () => await metrics.registry.metrics() };
}

describe('ReceiverReportsDuty', () => {
  it('shows how many receivers fail, and how late callbacks are', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const { duty, reports, text } = dutyWith(new Map());
    reports.counted = {
      failing: 4,
      open: 3,
      disabled: 2,
      waiting: 77,
      oldestDue: new Date(Date.now() - 90_000),
      lateSince: new Date(Date.now() - 3_000),
    };

    await duty.runOnce();
    const shown = await text();

    expect(shown).toContain('taskgate_callback_receivers{state="failing"} 4');
    expect(shown).toContain('taskgate_callback_receivers{state="open"} 3');
    expect(shown).toContain('taskgate_callback_receivers{state="disabled"} 2');
    expect(shown).toContain('taskgate_callbacks_waiting 77');
    expect(shown).toContain('taskgate_oldest_callback_seconds 90');
    expect(shown).toContain('taskgate_callbacks_late_seconds 3');
  });

  it('shows 0 when all is well again', async () => {
    const { duty, reports, text } = dutyWith(new Map());
    reports.counted = { ...NOTHING, failing: 1, lateSince: new Date(0), oldestDue: new Date(0) };
    await duty.runOnce();
    reports.counted = NOTHING;

    await duty.runOnce();
    const shown = await text();

    expect(shown).toContain('taskgate_callback_receivers{state="failing"} 0');
    expect(shown).toContain('taskgate_callbacks_late_seconds 0');
    expect(shown).toContain('taskgate_oldest_callback_seconds 0');
  });

  it('tells once of a receiver that has failed for long, and once that it works again', async () => {
    const health = new Map([['https://a.example', failedFor(5)]]);
    const { duty, lines } = dutyWith(health, 10);

    await duty.runOnce();
    await duty.runOnce();
    health.set('https://a.example', {
      ...failedFor(0),
      failingSince: null,
      lastSuccessAt: 7 * HOUR_MS,
    });
    await duty.runOnce();
    await duty.runOnce();

    const who = { tenantId: 'tn_1', tenant: 'shop', origin: 'https://a.example' };
    expect(lines).toMatchObject([
      {
        level: WARN,
        msg: 'callback receiver fails for long',
        ...who,
        failures: 12,
        failedForHours: 5,
        disabledInHours: 5,
      },
      { level: INFO, msg: 'callback receiver works again', ...who, failedForHours: 6 },
    ]);
  });

  it('tells that a receiver is disabled, and that it no longer is', async () => {
    const health = new Map<string, SeenHealth>([
      ['https://a.example', { ...failedFor(10), disabledAt: 11 * HOUR_MS }],
    ]);
    const { duty, lines } = dutyWith(health, 10);

    await duty.runOnce();
    health.set('https://a.example', { ...failedFor(0), failingSince: null });
    await duty.runOnce();

    expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
      [WARN, 'callback receiver is disabled'],
      [INFO, 'callback receiver is enabled again'],
    ]);
  });

  it('is silent about what another worker tells', async () => {
    const { duty, reports, lines } = dutyWith(new Map([['https://a.example', failedFor(2)]]));
    reports.isFirst = false;

    await duty.runOnce();

    expect(lines).toEqual([]);
  });

  it('comes to every receiver, however many fail', async () => {
    const health = new Map(
      Array.from({ length: 1_200 }, (_, index) => [
        `https://${String(index).padStart(4, '0')}.example`,
        failedFor(2),
      ]),
    );
    const { duty, lines } = dutyWith(health);

    await duty.runOnce();

    expect(lines).toHaveLength(1_200);
  });
});
