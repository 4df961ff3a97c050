import { describe, expect, it } from 'vitest';
import { cursorAfter, taskOfCursor } from './task-cursor.js';

const TASK = 'tk-01KAQJ0X1M2N3P4Q5R6S7T8V9W';

describe('a cursor', () => {
  it('names the task that the page before ended with', () => {
    expect(taskOfCursor(cursorAfter(TASK))).toBe(TASK);
    expect(taskOfCursor(undefined)).toBeNull();
  });

  it.each([
    '',
    'x',
    TASK,
    `${cursorAfter(TASK)}=`,
    cursorAfter("tk-' OR 1=1"),
    cursorAfter('tk-1'),
  ])('that nobody was given is refused: %s', (cursor) => {
    expect(() => taskOfCursor(cursor)).toThrow(
      expect.objectContaining({ code: 'INVALID_REQUEST', param: 'cursor' }),
    );
  });
});
