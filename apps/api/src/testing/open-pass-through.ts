import { tmpdir } from 'node:os';
import {
  NO_GOVERNOR,
  NO_OBJECTS,
  NO_REPLAYS,
  PassThrough,
  type Route,
  Routing,
  TargetHealth,
  UpstreamAccounts,
  UpstreamClient,
  Upstreams,
} from '@app/proxy';
import { openApi } from './open-api.js';

/** As `openApi`, with a pass-through that leads to this address under the key `sk-up`. */
export async function openPassThrough(baseUrl: string, routes: readonly Route[] = []) {
  const client = new UpstreamClient({ baseUrl });
  const keys = [{ id: 'one', weight: 1, reveal: () => 'sk-up' }];
  const accounts = new UpstreamAccounts({ keys: () => keys });
  const own = { name: 'openai', baseUrl, weight: 1, injectUsage: true, client, accounts };
  const routing = new Routing(new Upstreams(own));
  routing.replaceRoutes(routes);
  const passThrough = new PassThrough(routing, new TargetHealth(), {
    maxBodyBytes: 512 * 1024 * 1024,
    maxJsonBytes: 8 * 1024 * 1024,
    maxHeldBytes: 256 * 1024 * 1024,
    namesOf: (model) => [model],
    holdFolder: tmpdir(),
    governor: NO_GOVERNOR,
    objects: NO_OBJECTS,
    replays: NO_REPLAYS,
  });
  const api = await openApi({ passThrough });
  return {
    ...api,
    close: async () => {
      await api.close();
      await client.close();
    },
  };
}
