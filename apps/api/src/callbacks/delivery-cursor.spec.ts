import { newDelivery } from '@app/callbacks';
import { expect, it } from 'vitest';
import { cursorAfterDelivery, deliveryOfCursor } from './delivery-cursor.js';

const { id } = newDelivery(
  { taskId: null, tenantId: 't', event: 'callback.test', sequence: 0, url: 'https://a', body: '' },
  new Date(),
);

it('leads back to the delivery that the page ended with', () => {
  expect(deliveryOfCursor(cursorAfterDelivery(id))).toBe(id);
  expect(deliveryOfCursor(undefined)).toBeUndefined();
});

it.each(['', 'abc', id, `${cursorAfterDelivery(id)}=`, cursorAfterDelivery(`tk-${id.slice(4)}`)])(
  'refuses %s',
  (cursor) => {
    expect(() => deliveryOfCursor(cursor)).toThrow('nextCursor of the page before');
  },
);
