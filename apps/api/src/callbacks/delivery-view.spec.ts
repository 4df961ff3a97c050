import { type AttemptErrorClass, type DeliveryAttempt, newDelivery } from '@app/callbacks';
import { describe, expect, it } from 'vitest';
import { deliveryDetail, deliveryWithAttempts, type Viewer } from './delivery-view.js';

const NOON = new Date('2026-11-01T12:00:00.900Z');

const delivery = newDelivery(
  {
    taskId: 'tk-1',
    tenantId: 'tn-1',
    event: 'task.success',
    sequence: 4,
    url: 'https://your.app/hook?token=1',
    body: '{"taskId":"tk-1"}',
  },
  NOON,
);

const attempt = (fields: Partial<DeliveryAttempt>): DeliveryAttempt => ({
  deliveryId: delivery.id,
  number: 1,
  trigger: 'auto',
  startedAt: NOON,
  durationMs: 3_000,
  phases: { dnsMs: 3, connectMs: 2_990, tlsMs: null, firstByteMs: null },
  remoteAddress: '10.0.0.7',
  status: null,
  errorClass: 'closed',
  error: 'could not connect',
  answerSnippet: '',
  ...fields,
});

const seen = (fields: Partial<DeliveryAttempt>, viewer: Viewer) =>
  deliveryWithAttempts(delivery, [attempt(fields)], viewer).attempts[0];

describe('an attempt that reached nobody', () => {
  it('looks alike to a tenant, whether the address is forbidden, closed or silent', () => {
    const ends: readonly Partial<DeliveryAttempt>[] = [
      {
        errorClass: 'blocked',
        phases: { dnsMs: 3, connectMs: null, tlsMs: null, firstByteMs: null },
      },
      { errorClass: 'closed' },
      { errorClass: 'filtered', remoteAddress: null },
    ];

    const views = ends.map((end) => seen(end, 'tenant'));

    expect(new Set(views.map((view) => JSON.stringify(view))).size).toBe(1);
    expect(views[0]).toMatchObject({ errorClass: 'unreachable', remoteAddress: null });
  });

  it('is told to an operator as it was', () => {
    expect(seen({}, 'operator')).toMatchObject({
      errorClass: 'closed',
      remoteAddress: '10.0.0.7',
      phases: { connectMs: 2_990 },
    });
  });
});

it.each<AttemptErrorClass | null>([null, 'timeout', 'tls', 'server-error', 'unresolved'])(
  'shows a tenant the address and times of an attempt that ended in %s',
  (errorClass) => {
    expect(seen({ errorClass }, 'tenant')).toMatchObject({
      errorClass,
      remoteAddress: '10.0.0.7',
      phases: { connectMs: 2_990 },
    });
  },
);

it('shows a delivery in Unix seconds, with what is sent, and its tenant to operators alone', () => {
  const view = deliveryDetail({ delivery, attempts: [] }, 'tenant');

  expect(view).toEqual({
    id: delivery.id,
    taskId: 'tk-1',
    event: 'task.success',
    seq: 4,
    url: 'https://your.app/hook?token=1',
    origin: 'https://your.app',
    state: 'pending',
    note: null,
    attemptCount: 0,
    interrupted: 0,
    created: 1_793_534_400,
    nextAttempt: 1_793_534_400,
    attempts: [],
    body: '{"taskId":"tk-1"}',
  });
  expect(deliveryDetail({ delivery, attempts: [] }, 'operator')).toEqual({
    ...view,
    tenantId: 'tn-1',
  });
});
