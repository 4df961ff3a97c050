import { expect, it } from 'vitest';
import { BoundedCache } from './bounded-cache.js';

it('forgets what was not asked for longest', () => {
  const cache = new BoundedCache<number>(2);
  cache.set('a', 1);
  cache.set('b', 2);
  cache.get('a');

  cache.set('c', 3);

  expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([1, undefined, 3]);
  expect(cache.size).toBe(2);
});

it('replaces a value without growing', () => {
  const cache = new BoundedCache<number>(2);
  cache.set('a', 1);

  cache.set('a', 2);

  expect([cache.get('a'), cache.size]).toEqual([2, 1]);
});
