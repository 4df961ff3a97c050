import { describe, expect, it } from 'vitest';
import { eventFrame, HEARTBEAT, retryFrame } from './event-stream.js';

describe('a frame of an event stream', () => {
  it('has an id to resume by, a name and one line of data', () => {
    const data = { prompt: 'two\nlines\r\nand more' };

    const frame = eventFrame({ id: '3', event: 'task.success', data });

    const [id, event, line, ...rest] = frame.split('\n');
    expect([id, event, ...rest]).toEqual(['id: 3', 'event: task.success', '', '']);
    expect(JSON.parse(line?.slice('data: '.length) ?? '')).toEqual(data);
  });

  it('that only keeps the connection alive is a comment', () => {
    expect(HEARTBEAT).toMatch(/^:.*\n\n$/);
    expect(retryFrame(2_000)).toBe('retry: 2000\n\n');
  });
});
