import { NEW_RECEIVER } from '@app/callbacks';
import { expect, it } from 'vitest';
import { receiverView } from './receiver-view.js';

const NOW = new Date('2026-11-01T12:00:00.000Z');
const at = (seconds: number): number => NOW.getTime() + seconds * 1_000;
const LIMITS = { atOnce: 20 };
const report = { tenantId: 'tn-1', origin: 'https://your.app', health: NEW_RECEIVER, waiting: 3 };

it('shows a receiver that nothing is known of', () => {
  expect(receiverView(report, NOW, LIMITS)).toEqual({
    tenantId: 'tn-1',
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

  expect(receiverView({ ...report, health: { ...failing, breaker } }, NOW, LIMITS)).toMatchObject({
    state: 'open',
    leftAloneUntil: seconds(30),
    failingSince: seconds(-60),
    lastFailure: seconds(-1),
  });
  expect(
    receiverView({ ...report, health: { ...failing, pausedUntil: at(10) } }, NOW, LIMITS),
  ).toMatchObject({ state: 'paused', leftAloneUntil: seconds(10) });
  expect(
    receiverView({ ...report, health: { ...failing, disabledAt: at(-5), breaker } }, NOW, LIMITS),
  ).toMatchObject({ state: 'disabled', leftAloneUntil: null, disabledSince: seconds(-5) });
});

it.each([
  [7.6, 20, 7],
  [12, 5, 5],
])('with %d attempts at once learnt and %d allowed, has %d', (atOnce, allowed, expected) => {
  const health = { ...NEW_RECEIVER, atOnce };

  expect(receiverView({ ...report, health }, NOW, { atOnce: allowed }).atOnce).toBe(expected);
});
