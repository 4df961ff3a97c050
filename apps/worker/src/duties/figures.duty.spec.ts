import { createMetrics } from '@app/observability';
import { EngineFigures, type Figures } from '@app/tasks';
import { workbench } from '@app/tasks/testing';
import { describe, expect, it } from 'vitest';
import { FiguresDuty } from './figures.duty.js';

class ScriptedFigures extends EngineFigures {
  constructor(private readonly figures: Partial<Figures>) {
    super();
  }

  override async read(): Promise<Figures> {
    return { lanes: [], oldestRing: null, breakers: [], troubles: [], ...this.figures };
  }
}

const credential = async (): Promise<string> => 'key';

async function shown(figures: Partial<Figures>, checkLag: () => Promise<{ lagMs: number }>) {
  const metrics = createMetrics();
  const { vendor } = workbench();
  const limits = { inFlight: 1, submitsPerSecond: 1, checksPerSecond: 1 };
  const accounts = [
    { id: 'fake:1', provider: vendor, baseUrl: '', settings: {}, limits, credential },
  ];
  const duty = new FiguresDuty({
    figures: new ScriptedFigures(figures),
    accounts: () => accounts,
    checkLag,
    metrics,
  });
  const turn = duty.runOnce().then(
    () => 'done',
    () => 'failed',
  );
  return { turn: await turn, text: await metrics.registry.metrics() };
}

const onTime = async () => ({ lagMs: 0 });

describe('FiguresDuty', () => {
  it('shows slots, lines and breakers by vendor, and how late things are', async () => {
    const oldest = new Date(Date.now() - 60_000);
    const breaker = { failures: 5, openUntil: Date.now() + 60_000, opened: 1 };
    const { text } = await shown(
      {
        lanes: [{ provider: 'fake', slots: 3, waiting: 7, oldest }],
        oldestRing: oldest,
        breakers: [{ provider: 'fake', model: 'fake-image', breaker }],
      },
      async () => ({ lagMs: 2_500 }),
    );

    expect(text).toContain('taskgate_slots_in_use{provider="fake"} 3');
    expect(text).toContain('taskgate_tasks_waiting{provider="fake"} 7');
    expect(text).toMatch(/taskgate_oldest_waiting_seconds\{provider="fake"\} 6\d/);
    expect(text).toContain('taskgate_breaker_state{provider="fake",model="fake-image"} 2');
    expect(text).toMatch(/taskgate_outbox_lag_seconds 6\d/);
    expect(text).toContain('taskgate_check_lag_seconds 2.5');
  });

  it('shows 0 for a vendor that has nothing to do', async () => {
    const { text } = await shown({}, onTime);

    expect(text).toContain('taskgate_slots_in_use{provider="fake"} 0');
    expect(text).toContain('taskgate_tasks_waiting{provider="fake"} 0');
    expect(text).toContain('taskgate_oldest_waiting_seconds{provider="fake"} 0');
  });

  it('shows what Postgres knows although Redis is away', async () => {
    const lanes = [{ provider: 'fake', slots: 3, waiting: 0, oldest: null }];
    const { turn, text } = await shown({ lanes }, async () => {
      throw new Error('Redis is away');
    });

    expect(turn).toBe('failed');
    expect(text).toContain('taskgate_slots_in_use{provider="fake"} 3');
  });
});
