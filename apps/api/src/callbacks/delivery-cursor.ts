import { fieldRefusal } from '../http/field-refusal.js';

/** Opaque to callers: where the next page begins. */
export const cursorAfterDelivery = (deliveryId: string): string =>
  Buffer.from(deliveryId).toString('base64url');

/** The delivery that the page before ended with; undefined: the first page. @throws GatewayError INVALID_REQUEST */
export function deliveryOfCursor(cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  const id = Buffer.from(cursor, 'base64url').toString('latin1');
  if (/^msg_[0-9A-HJKMNP-TV-Z]{26}$/.test(id) && cursorAfterDelivery(id) === cursor) return id;
  throw fieldRefusal('cursor', 'takes the nextCursor of the page before');
}
