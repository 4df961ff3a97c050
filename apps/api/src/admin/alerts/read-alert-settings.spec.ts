import { ALERT_EVENTS } from '@app/callbacks';
import { describe, expect, it } from 'vitest';
import { readAlertSettings } from './read-alert-settings.js';

const url = 'http://10.0.0.7:9000/alerts';

describe('the settings of alerts', () => {
  it('have a default for all but the URL, which may lead anywhere', () => {
    expect(readAlertSettings({ url })).toEqual({
      url,
      events: ALERT_EVENTS,
      budgetThresholds: [0.5, 0.8, 1],
      enabled: true,
    });
  });

  it('are put in order', () => {
    const body = {
      url,
      events: ['breaker.closed', 'breaker.opened'],
      budgetThresholds: [1, 0.5, 1],
    };

    expect(readAlertSettings(body)).toMatchObject({
      events: ['breaker.opened', 'breaker.closed'],
      budgetThresholds: [0.5, 1],
    });
  });

  it.each([
    [{}, 'url'],
    [{ url: 7 }, 'url'],
    [{ url: 'ops.example' }, 'url'],
    [{ url: 'ftp://ops.example' }, 'url'],
    [{ url: 'https://user:password@ops.example' }, 'url'],
    [{ url: 'https://ops.example/#here' }, 'url'],
    [{ url: `https://ops.example/${'a'.repeat(2048)}` }, 'url'],
    [{ url, events: 'all' }, 'events'],
    [{ url, events: ['breaker.opened', 'breaker.open'] }, 'events[1]'],
    [{ url, budgetThresholds: [0] }, 'budgetThresholds[0]'],
    [{ url, budgetThresholds: ['80%'] }, 'budgetThresholds[0]'],
    [{ url, budgetThresholds: Array.from({ length: 11 }, () => 0.5) }, 'budgetThresholds'],
    [{ url, enabled: 1 }, 'enabled'],
    [{ url, secret: 'x' }, 'secret'],
  ])('refuse %j and name %s', (body, param) => {
    expect(() => readAlertSettings(body)).toThrow(
      expect.objectContaining({ code: 'INVALID_REQUEST', param }) as Error,
    );
  });

  it('never tell a password on', () => {
    expect(() => readAlertSettings({ url: 'https://user:hush@ops.example' })).toThrow(
      /^(?!.*hush).*signed/,
    );
    expect(() => readAlertSettings({ url: 'ftp://user:hush@ops.example' })).toThrow(
      /^(?!.*hush).*https/,
    );
  });
});
