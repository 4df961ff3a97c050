import { NEW_RECEIVER } from '@app/callbacks';
import { expect, it } from 'vitest';
import { receiverView } from './receiver-view.js';

const NOW = new Date('2026-11-01T12:00:00.000Z');
const at = (seconds: number): number => NOW.getTime() + seconds * 1_000;
const report = { tenantId: 'tn-1', origin: 'https://your.app', health: NEW_RECEIVER, waiting: 3 };

it('shows a receiver that nothing is known of', () => {
  expect(receiverView(report, NOW)).toEqual({
    origin: 'https://your.app',
    state: 'ok',
    leftAloneUntil: null,
    disabledSince: null,
    failingSince: null,
    failures: 0,
    lastSuccess: null,
    lastFailure: null,
    waiting: 3,
    atOnce: NEW_RECEIVER.atOnce,
  });
});

it('says until when one is left alone, in Unix seconds', () => {
  const breaker = { failures: 5, opened: 1, openUntil: at(30) };
  const failing = { ...NEW_RECEIVER, failures: 5, failingSince: at(-60), lastFailureAt: at(-1) };
  const seconds = (offset: number) => Math.floor(at(offset) / 1_000);

  expect(receiverView({ ...report, health: { ...failing, breaker } }, NOW)).toMatchObject({
    state: 'open',
    leftAloneUntil: seconds(30),
    failingSince: seconds(-60),
    lastFailure: seconds(-1),
  });
  expect(
    receiverView({ ...report, health: { ...failing, pausedUntil: at(10) } }, NOW),
  ).toMatchObject({ state: 'paused', leftAloneUntil: seconds(10) });
  expect(
    receiverView({ ...report, health: { ...failing, disabledAt: at(-5), breaker } }, NOW),
  ).toMatchObject({ state: 'disabled', leftAloneUntil: null, disabledSince: seconds(-5) });
});
