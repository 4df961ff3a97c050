import { newDelivery, type NewDelivery } from '../delivery.js';
import type { ClaimedDelivery } from '../delivery-queue.js';

const NOW = new Date('2026-11-23T12:00:00.000Z');

/** A delivery about an end of a task, claimed for its first attempt. */
export function claimedDelivery(fields: Partial<ClaimedDelivery> = {}): ClaimedDelivery {
  const told: NewDelivery = {
    taskId: 'tk-1',
    tenantId: 'tenant-1',
    event: 'task.success',
    sequence: 4,
    url: 'https://receiver.example/hook',
    body: '{"taskId":"tk-1"}',
  };
  const leaseUntil = new Date(NOW.getTime() + 20_000);
  return { ...newDelivery(told, NOW), leaseUntil, wasInterrupted: false, ...fields };
}
