import { beforeEach, describe, expect, it } from 'vitest';
import type { RoutingStore, StoredUpstream } from '../routing/routing-store.js';
import { aRoute } from './a-route.js';

type GivenUpstream = Omit<StoredUpstream, 'createdAt' | 'changedAt'>;

const UPSTREAM: GivenUpstream = {
  name: 'second',
  baseUrl: 'https://second.example/v1',
  weight: 0.5,
  injectUsage: false,
  sealed: { keyId: 'k1', box: Buffer.from('a box') },
};

/** What every store of routes promises. `makeStore` gives one without any. */
export function describeRoutingStore(name: string, makeStore: () => Promise<RoutingStore>): void {
  describe(`${name} as a store of routes`, () => {
    let store: RoutingStore;
    beforeEach(async () => {
      store = await makeStore();
    });

    it('keeps an upstream as it was given, and since when', async () => {
      await store.putUpstream(UPSTREAM);

      const times = { createdAt: expect.any(Date), changedAt: expect.any(Date) };
      const { upstreams } = await store.list();
      expect(upstreams).toEqual([{ ...UPSTREAM, ...times }]);
    });

    it('replaces an upstream of the same name, which stays as old as it was', async () => {
      await store.putUpstream(UPSTREAM);
      const [before] = (await store.list()).upstreams;
      await store.putUpstream({ ...UPSTREAM, weight: 2, sealed: null });

      const { upstreams } = await store.list();
      expect(upstreams).toMatchObject([{ weight: 2, sealed: null, createdAt: before?.createdAt }]);
    });

    it('keeps a route as it was given, and replaces it', async () => {
      const targets = [
        { upstream: 'second', model: 'gpt-x', weight: 0.25, order: 3 },
        { upstream: 'openai', model: null, weight: null, order: 4 },
      ];
      const route = aRoute('a/model.of*ours', { targets, delivery: 'complete', keepAliveMs: 0 });
      await store.putRoute(aRoute('a/model.of*ours'));
      await store.putRoute(route);

      expect((await store.list()).routes).toEqual([{ ...route, changedAt: expect.any(Date) }]);
    });

    it('lists upstreams by name and routes by model', async () => {
      for (const other of ['b', 'a', 'c']) {
        await store.putUpstream({ ...UPSTREAM, name: other });
        await store.putRoute(aRoute(other));
      }

      const { upstreams, routes, unreadable } = await store.list();
      expect(upstreams.map((one) => one.name)).toEqual(['a', 'b', 'c']);
      expect(routes.map(({ model }) => model)).toEqual(['a', 'b', 'c']);
      expect(unreadable).toEqual([]);
    });

    it('removes what is there, and says when there was none', async () => {
      await store.putUpstream(UPSTREAM);
      await store.putRoute(aRoute('gpt-5'));

      expect(await store.removeUpstream('nobody')).toBe(false);
      expect(await store.removeRoute('gpt-5*')).toBe(false);
      expect(await store.removeUpstream('second')).toBe(true);
      expect(await store.removeRoute('gpt-5')).toBe(true);
      expect(await store.list()).toEqual({ upstreams: [], routes: [], unreadable: [] });
    });

    it('moves its epoch with every change, and stays where nothing does', async () => {
      const seen = [await store.epoch()];
      const changes = [
        async () => await store.putUpstream(UPSTREAM),
        async () => await store.putUpstream(UPSTREAM),
        async () => await store.putRoute(aRoute('gpt-5')),
        async () => await store.putRoute(aRoute('gpt-5')),
        async () => await store.removeRoute('gpt-5'),
        async () => await store.removeUpstream(UPSTREAM.name),
        async () => await store.putUpstream(UPSTREAM),
      ];
      for (const change of changes) {
        await change();
        seen.push(await store.epoch());
      }

      expect(seen.slice(1).filter((epoch, at) => epoch === seen[at])).toEqual([]);
      expect(await store.epoch()).toBe(seen.at(-1));
    });
  });
}
