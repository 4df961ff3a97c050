import { describe, expect, it } from 'vitest';
import { isRetried } from '../delivery.js';
import { ALERT_EVENTS, type AlertSettings, INCIDENTS, OPERATORS_ID } from './alert.js';
import { alertDelivery, eventOf } from './alert-delivery.js';

const NOW = new Date('2026-06-01T12:00:00.000Z');
const SETTINGS: AlertSettings = {
  url: 'https://ops.example/alerts',
  events: ['breaker.opened'],
  budgetThresholds: [0.8],
  enabled: true,
};

describe('an alert', () => {
  it('is a delivery of the operators, with what happened as its body', () => {
    const delivery = alertDelivery('breaker.opened', { model: 'flux-2-pro' }, SETTINGS, NOW);

    expect(delivery).toMatchObject({
      tenantId: OPERATORS_ID,
      taskId: null,
      event: 'breaker.opened',
      url: SETTINGS.url,
      origin: 'https://ops.example',
      state: 'pending',
    });
    expect(JSON.parse(delivery?.body ?? '')).toEqual({
      type: 'breaker.opened',
      id: delivery?.id,
      at: 1_780_315_200,
      data: { model: 'flux-2-pro' },
    });
  });

  it.each([
    ['nobody has said where to', 'breaker.opened', null],
    ['it is switched off', 'breaker.opened', { ...SETTINGS, enabled: false }],
    ['it is none of those that are wanted', 'account.trouble', SETTINGS],
    ['there is no event of it', null, SETTINGS],
  ] as const)('is not sent where %s', (_why, event, settings) => {
    expect(alertDelivery(event, {}, settings, NOW)).toBeNull();
  });

  it('is retried as the end of a task is', () => {
    expect(ALERT_EVENTS.filter((event) => !isRetried(event))).toEqual([]);
  });

  it('has an event for every beginning', () => {
    const kinds = Object.keys(INCIDENTS) as (keyof typeof INCIDENTS)[];
    const events = kinds.map((kind) => eventOf({ kind }, 'began'));

    expect(ALERT_EVENTS).toEqual(expect.arrayContaining(events));
  });
});
