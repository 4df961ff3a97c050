import type { ClaimView, DueDelivery, ReceiverView } from '../delivery-queue.js';
import { NEW_RECEIVER } from '../receiver.js';

export const NOW = new Date('2026-11-23T12:00:00.000Z');
export const later = (milliseconds: number): Date => new Date(NOW.getTime() + milliseconds);

/** A first attempt to tell of an end, made just now. */
export const due = (id: string, fields: Partial<DueDelivery> = {}): DueDelivery => ({
  id,
  event: 'task.success',
  sequence: 1,
  createdAt: NOW,
  isFirst: true,
  isSuperseded: false,
  ...fields,
});

export const dues = (
  prefix: string,
  count: number,
  fields: Partial<DueDelivery> = {},
): readonly DueDelivery[] =>
  Array.from({ length: count }, (_, index) => due(`${prefix}${index}`, fields));

/** A healthy receiver with nothing under way. */
export const receiverView = (fields: Partial<ReceiverView> = {}): ReceiverView => ({
  tenantId: 'tenant-1',
  origin: 'https://receiver.example',
  health: NEW_RECEIVER,
  inFlight: 0,
  due: [],
  nextDueAt: null,
  hasMore: false,
  ...fields,
});

export const claimView = (...receivers: readonly ReceiverView[]): ClaimView => ({
  now: NOW,
  receivers,
});
