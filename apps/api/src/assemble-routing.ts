import { type Database, PostgresRoutingStore } from '@app/database';
import type { Logger } from '@app/observability';
import { type LiveUpstream, LiveUpstreams, Routing, RoutingWatch, Upstreams } from '@app/proxy';
import type { Keyring } from '@app/tenants';
import { UpstreamChanges } from './admin/routing/upstream-changes.js';

export interface RoutingMeans {
  /** The upstream of the environment. */
  readonly own: LiveUpstream;
  readonly database: Database;
  readonly keyring: Keyring;
  readonly logger: Logger;
}

/** Where calls of the pass-through go: the environment's upstream, and what operators put beside it. */
export function assembleRouting({ own, database, keyring, logger }: RoutingMeans) {
  const store = new PostgresRoutingStore(database);
  const routing = new Routing(new Upstreams(own));
  const live = new LiveUpstreams({
    open: (...box) => keyring.open(...box),
    onUnusable: (upstream, err) =>
      logger.error({ upstream, err }, 'a stored upstream cannot be used'),
  });
  const watch = new RoutingWatch({
    store,
    live,
    routing,
    onUnreadable: ({ table, id, error: err }) =>
      logger.error({ table, id, err }, 'a stored upstream or route cannot be read'),
  });
  return {
    routing,
    routingStore: store,
    routingWatch: watch,
    liveUpstreams: live,
    upstreamChanges: new UpstreamChanges({ store, watch, keyring }),
  };
}
