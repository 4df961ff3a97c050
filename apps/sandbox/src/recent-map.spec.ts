import { describe, expect, it } from 'vitest';
import { RecentMap } from './recent-map.js';

describe('RecentMap', () => {
  it('drops the oldest entry that may go', () => {
    const map = new RecentMap<string>(2, (value) => value === 'finished');

    map.set('a', 'running');
    map.set('b', 'finished');
    map.set('c', 'finished');

    expect(['a', 'b', 'c'].map((key) => map.get(key))).toEqual(['running', undefined, 'finished']);
  });

  it('stays bounded when nothing may go', () => {
    const map = new RecentMap<number>(2, () => false);

    for (let key = 0; key < 50; key += 1) map.set(String(key), key);

    expect([...map.values()]).toEqual([46, 47, 48, 49]);
  });
});
