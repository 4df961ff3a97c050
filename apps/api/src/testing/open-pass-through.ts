import { Routing, type Route, Upstreams } from '@app/proxy';
import { plainPassThrough, standingUpstream } from '@app/proxy/testing';
import { openApi } from './open-api.js';

/** As `openApi`, with a pass-through that leads to this address under the key `sk-openai`. */
export async function openPassThrough(baseUrl: string, routes: readonly Route[] = []) {
  const own = standingUpstream('openai', baseUrl);
  const routing = new Routing(new Upstreams(own));
  routing.replaceRoutes(routes);
  const passThrough = plainPassThrough(routing, {
    maxBodyBytes: 512 * 1024 * 1024,
    maxJsonBytes: 8 * 1024 * 1024,
    maxHeldBytes: 256 * 1024 * 1024,
  });
  const api = await openApi({ passThrough });
  return {
    ...api,
    close: async () => {
      await api.close();
      await own.client.close();
    },
  };
}
