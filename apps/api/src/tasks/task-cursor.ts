import { GatewayError } from '@app/errors';

/** Opaque to callers: where the next page begins. */
export const cursorAfter = (taskId: string): string => Buffer.from(taskId).toString('base64url');

/** The task that the page before ended with; null: the first page. @throws GatewayError INVALID_REQUEST */
export function taskOfCursor(cursor: string | undefined): string | null {
  if (cursor === undefined) return null;
  const taskId = Buffer.from(cursor, 'base64url').toString('latin1');
  if (/^tk-[0-9A-HJKMNP-TV-Z]{26}$/.test(taskId) && cursorAfter(taskId) === cursor) return taskId;
  throw new GatewayError('INVALID_REQUEST', 'cursor takes the nextCursor of the page before.', {
    param: 'cursor',
  });
}
