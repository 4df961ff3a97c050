import { createLogger } from '@app/observability';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ClockDuty } from './clock.duty.js';

const NOW = 1_000_000;
const logger = createLogger({ name: 'test', level: 'silent' });

beforeEach(() => {
  vi.useFakeTimers({ now: NOW, toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('ClockDuty', () => {
  it('tells the time of Postgres although our own clock is behind', async () => {
    const clock = new ClockDuty(async () => new Date(NOW + 15_000), logger);
    expect(clock.nowMs()).toBe(NOW);

    await clock.runOnce();

    expect(clock.nowMs()).toBe(NOW + 15_000);
  });

  it('learns nothing from an answer that took long', async () => {
    const clock = new ClockDuty(async () => {
      vi.setSystemTime(NOW + 5_000);
      return new Date(NOW);
    }, logger);

    await clock.runOnce();

    expect(clock.nowMs()).toBe(NOW + 5_000);
  });
});
