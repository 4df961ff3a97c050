import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  receiverNews,
  type ReceiverNews,
  type SeenHealth,
  type ToldOfReceiver,
} from './receiver-news.js';

const SINCE = Date.UTC(2026, 10, 23);
const HOUR_MS = 3_600_000;
const hours = (count: number): number => count * HOUR_MS;

const WELL: SeenHealth = {
  failingSince: null,
  lastFailureAt: null,
  lastSuccessAt: null,
  failures: 0,
  disabledAt: null,
};
const failedFor = (count: number): SeenHealth => ({
  ...WELL,
  failingSince: SINCE,
  lastFailureAt: SINCE + hours(count),
  failures: 1,
});
const toldOf = (count: number): ToldOfReceiver => ({
  failingSince: SINCE,
  afterMs: hours(count),
  disabledAt: null,
});

describe('receiverNews', () => {
  it.each([
    ['59 minutes of failures', 59 / 60, null, null, null],
    ['an hour', 1, null, null, 1],
    ['a hundred hours, told of after one', 100, 1, null, null],
    ['an hour, and a policy of ten', 1, null, 10, 1],
    ['half of the policy', 5, 1, 10, 5],
    ['a bit more than half, told of', 6, 5, 10, null],
    ['four fifths of the policy', 8, 5, 10, 8],
    ['all of the policy', 10, 8, 10, 10],
    ['several at once', 9, null, 10, 8],
    ['half of a policy of one hour', 0.5, null, 1, 0.5],
    ['all of a policy of one hour', 1, 0.8, 1, 1],
  ] as const)('after %s', (_what, failed, toldHours, policyHours, expected) => {
    const told = toldHours && toldOf(toldHours);

    const report = receiverNews(failedFor(failed), told, policyHours && hours(policyHours));

    expect(report?.told ?? null).toEqual(expected && toldOf(expected));
    expect(report?.news.kind ?? null).toBe(expected && 'failing');
  });

  it('says how long it has failed, and when it is left alone', () => {
    expect(receiverNews(failedFor(8.5), toldOf(5), hours(10))?.news).toEqual({
      kind: 'failing',
      failedForMs: hours(8.5),
      disabledInMs: hours(1.5),
    });
    expect(receiverNews(failedFor(2), null, null)?.news).toMatchObject({ disabledInMs: null });
  });

  it('tells nothing of one that does well, or failed once', () => {
    expect(receiverNews(WELL, null, hours(10))).toBeNull();
    expect(receiverNews(failedFor(0), null, hours(10))).toBeNull();
  });

  it('tells of the end of a failure that was told of', () => {
    const healthy = { ...WELL, lastSuccessAt: SINCE + hours(3) };

    expect(receiverNews(healthy, toldOf(1), null)).toEqual({
      news: { kind: 'recovered', failedForMs: hours(3) },
      told: null,
    });
  });

  it('tells of the end although it fails again already', () => {
    const again = { ...failedFor(9), failingSince: SINCE + hours(8) };

    expect(receiverNews(again, toldOf(5), hours(10))).toMatchObject({
      news: { kind: 'recovered' },
      told: null,
    });
    expect(receiverNews(again, null, hours(10))?.news.kind).toBe('failing');
  });

  it('tells once that it is left alone, and once that it is no longer', () => {
    const disabled = { ...failedFor(10), disabledAt: SINCE + hours(10) };
    const first = receiverNews(disabled, toldOf(8), hours(10));
    if (!first) throw new Error('Nothing was told');

    expect(first.news).toEqual({ kind: 'disabled' });
    expect(receiverNews(disabled, first.told, hours(10))).toBeNull();
    expect(receiverNews(WELL, first.told, hours(10))).toEqual({
      news: { kind: 'enabled' },
      told: null,
    });
  });

  it('tells that a person left a healthy one alone', () => {
    expect(receiverNews({ ...WELL, disabledAt: SINCE }, null, null)?.news.kind).toBe('disabled');
  });

  it('whatever happens: never twice the same, and no end without a beginning', () => {
    const event = fc.constantFrom('failure', 'success', 'look');
    const step = fc.tuple(event, fc.integer({ min: 1, max: hours(4) }));
    const policy = fc.option(fc.integer({ min: 1, max: 20 }).map(hours));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), policy, (steps, disableAfterMs) => {
        const news = tellAll(steps, disableAfterMs);

        const wrong = news.filter((one, index) => !mayFollow(news[index - 1], one));

        expect(wrong).toEqual([]);
      }),
    );
  });
});

function mayFollow(before: ReceiverNews | undefined, one: ReceiverNews): boolean {
  if (one.kind === 'recovered') return before?.kind === 'failing';
  if (one.kind !== 'failing' || before?.kind !== 'failing') return true;
  return one.failedForMs > before.failedForMs;
}

type Step = readonly [what: string, afterMs: number];

function tellAll(steps: readonly Step[], disableAfterMs: number | null): readonly ReceiverNews[] {
  const news: ReceiverNews[] = [];
  let [now, health, told]: [number, SeenHealth, ToldOfReceiver | null] = [SINCE, WELL, null];
  for (const [what, afterMs] of steps) {
    now += afterMs;
    if (what === 'success') health = { ...WELL, lastSuccessAt: now };
    if (what === 'failure') {
      const { failingSince, failures } = health;
      health = {
        ...health,
        failingSince: failingSince ?? now,
        lastFailureAt: now,
        failures: failures + 1,
      };
    }
    const report: ReturnType<typeof receiverNews> =
      what === 'look' ? receiverNews(health, told, disableAfterMs) : null;
    if (!report) continue;
    news.push(report.news);
    ({ told } = report);
  }
  return news;
}
