import { NO_GOVERNOR, PassThrough, UpstreamAccounts, UpstreamClient } from '@app/proxy';
import { openApi } from './open-api.js';

/** As `openApi`, with a pass-through that leads to this address under the key `sk-up`. */
export async function openPassThrough(baseUrl: string) {
  const client = new UpstreamClient({ baseUrl });
  const keys = [{ id: 'one', weight: 1, reveal: () => 'sk-up' }];
  const passThrough = new PassThrough(client, new UpstreamAccounts({ keys: () => keys }), {
    maxBodyBytes: 512 * 1024 * 1024,
    maxJsonBytes: 8 * 1024 * 1024,
    maxHeldBytes: 256 * 1024 * 1024,
    namesOf: (model) => [model],
    governor: NO_GOVERNOR,
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
