import { describe, expect, it } from 'vitest';
import { readCallOptions } from './call-options.js';

describe('what a caller asks of the gateway for one call', () => {
  it.each([
    [[], { delivery: null, keepAliveMs: null }],
    [['X-Taskgate-Delivery', 'Complete'], { delivery: 'complete', keepAliveMs: null }],
    [['x-taskgate-delivery', 'live'], { delivery: 'live', keepAliveMs: null }],
    [['x-taskgate-keep-alive', 'off'], { delivery: null, keepAliveMs: 0 }],
    [['x-taskgate-keep-alive', ' 20 '], { delivery: null, keepAliveMs: 20_000 }],
  ])('%j', (headers, expected) => {
    expect(readCallOptions(headers)).toEqual(expected);
  });

  it.each([
    ['x-taskgate-delivery', 'fast'],
    ['x-taskgate-delivery', ''],
    ['x-taskgate-keep-alive', '0'],
    ['x-taskgate-keep-alive', '301'],
    ['x-taskgate-keep-alive', '1.5'],
    ['x-taskgate-keep-alive', 'on'],
  ])('refuses %s: %s, naming the header and what it takes', (name, value) => {
    expect(() => readCallOptions([name, value])).toThrow(
      expect.objectContaining({
        code: 'INVALID_REQUEST',
        param: name,
        message: expect.stringContaining(`${name} takes`),
      }),
    );
  });

  it('refuses a header that stands twice', () => {
    const headers = ['x-taskgate-delivery', 'live', 'X-Taskgate-Delivery', 'complete'];

    expect(() => readCallOptions(headers)).toThrow('stands twice');
  });
});
