import type { LiveUpstream } from '../routing/upstreams.js';
import { UpstreamAccounts } from '../upstream-accounts.js';
import { UpstreamClient } from '../upstream-client.js';
import { keysOf } from './keys-of.js';

/** An upstream with one key, as the environment configures one. */
export const standingUpstream = (
  name: string,
  baseUrl = 'http://127.0.0.1:1/v1',
): LiveUpstream => ({
  name,
  baseUrl,
  weight: 1,
  injectUsage: true,
  client: new UpstreamClient({ baseUrl }),
  accounts: new UpstreamAccounts({ keys: () => keysOf(`sk-${name}`) }),
});
