import { describe, expect, it } from 'vitest';
import {
  ADMIN_FILTERS,
  readDeliveryQuery,
  readOrigin,
  readRedelivery,
  TENANT_FILTERS,
} from './delivery-filter.js';

const refusal = (param: string | null, says: string): unknown =>
  expect.objectContaining({
    code: 'INVALID_REQUEST',
    param,
    message: expect.stringContaining(says),
  });

describe('the query of a list of deliveries', () => {
  it('is everything, 20 at a time, when it is empty', () => {
    expect(readDeliveryQuery({}, TENANT_FILTERS)).toEqual({ filter: {}, limit: 20 });
  });

  it('takes every filter', () => {
    const query = {
      tenant: 'tn_1',
      state: 'skipped',
      event: 'task.handling',
      origin: 'HTTPS://Your.App:443',
      from: '1777282033',
      to: '2026-11-01T00:00:00Z',
      limit: '100',
      cursor: 'abc',
    };

    expect(readDeliveryQuery(query, ADMIN_FILTERS)).toEqual({
      filter: {
        tenantId: 'tn_1',
        state: 'skipped',
        event: 'task.handling',
        origin: 'https://your.app',
        from: new Date(1_777_282_033_000),
        to: new Date('2026-11-01T00:00:00Z'),
      },
      limit: 100,
      cursor: 'abc',
    });
  });

  it.each<[object, string, string]>([
    [{ state: 'lost' }, 'state', 'pending, delivered, dead, skipped'],
    [{ state: '' }, 'state', 'takes'],
    [{ state: ['dead', 'pending'] }, 'state', 'once'],
    [{ event: 'task.done' }, 'event', 'callback.test'],
    [{ origin: 'your.app' }, 'origin', 'https://your.app'],
    [{ from: 'yesterday' }, 'from', 'Unix seconds'],
    [{ to: '2026-11-01' }, 'to', 'Unix seconds'],
    [{ from: '20', to: '20' }, 'to', 'after from'],
    [{ limit: '0' }, 'limit', '1 to 100'],
    [{ limit: '101' }, 'limit', '1 to 100'],
    [{ limit: '1e1' }, 'limit', '1 to 100'],
    [{ tenant: 'tn_1' }, 'tenant', 'state, event, origin, from, to, limit, cursor'],
    [{ colour: 'red' }, 'colour', 'state, event, origin, from, to, limit, cursor'],
    [{ constructor: 'x' }, 'constructor', 'taken are'],
  ])('refuses %j', (query, param, says) => {
    expect(() => readDeliveryQuery(query, TENANT_FILTERS)).toThrow(refusal(param, says));
  });
});

describe('the body of a redelivery', () => {
  it('takes one filter, and sends as much as may be at most', () => {
    expect(readRedelivery({ state: 'dead' }, TENANT_FILTERS)).toEqual({
      filter: { state: 'dead' },
      limit: 10_000,
      dryRun: false,
    });
  });

  it('takes times as numbers too', () => {
    const { filter, dryRun, limit } = readRedelivery(
      { from: 1_777_282_033, limit: 5, dryRun: true },
      TENANT_FILTERS,
    );

    expect([filter.from?.getTime(), dryRun, limit]).toEqual([1_777_282_033_000, true, 5]);
  });

  it.each<[object, string | null, string]>([
    [{}, null, 'at least one of state, event, origin, from, to'],
    [{ dryRun: true, limit: 1 }, null, 'at least one of'],
    [{ state: 'skipped' }, 'state', 'pending, delivered, dead'],
    [{ state: null }, 'state', 'takes'],
    [{ event: 'task.handling' }, 'event', 'task.success, task.fail, callback.test'],
    [{ state: 'dead', limit: 10_001 }, 'limit', '1 to 10000'],
    [{ state: 'dead', limit: '5' }, 'limit', 'whole number'],
    [{ state: 'dead', limit: 1.5 }, 'limit', 'whole number'],
    [{ state: 'dead', dryRun: 'yes' }, 'dryRun', 'true or false'],
    [{ state: 'dead', tenant: 'tn_1' }, 'tenant', 'taken are'],
    [{ state: 'dead', taskId: 'tk-1' }, 'taskId', 'taken are'],
  ])('refuses %j', (body, param, says) => {
    expect(() => readRedelivery(body, TENANT_FILTERS)).toThrow(refusal(param, says));
  });

  it('may name a tenant, where an operator sends it', () => {
    expect(readRedelivery({ tenant: 'tn_1' }, ADMIN_FILTERS).filter).toEqual({ tenantId: 'tn_1' });
    for (const tenant of ['', 5, null, 'a b', '\0'])
      expect(() => readRedelivery({ tenant }, ADMIN_FILTERS)).toThrow(refusal('tenant', 'id'));
  });
});

describe('an origin', () => {
  it.each([
    ['https://your.app', 'https://your.app'],
    ['https://your.app/', 'https://your.app'],
    ['http://YOUR.app:80', 'http://your.app'],
    ['http://[::1]:8080', 'http://[::1]:8080'],
    ['https://your.app.', 'https://your.app'],
    ['https://your.app.:8443/', 'https://your.app:8443'],
  ])('%s is %s', (text, origin) => {
    expect(readOrigin(text, 'origin')).toBe(origin);
  });

  it.each([
    'https://your.app/hook',
    'https://your.app?x',
    'https://your.app#x',
    'https://me@your.app',
    'ftp://your.app',
    'data:text/plain,x',
    'your.app',
    '',
    5,
    null,
    undefined,
    `https://${'x'.repeat(3_000)}.app`,
  ])('is not %s', (value) => {
    expect(() => readOrigin(value, 'origin')).toThrow(refusal('origin', 'scheme, host and port'));
  });
});
