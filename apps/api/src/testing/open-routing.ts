import { LiveUpstreams, Routing, RoutingWatch, TargetHealth, Upstreams } from '@app/proxy';
import { InMemoryRoutingStore, standingUpstream } from '@app/proxy/testing';
import { Keyring } from '@app/tenants';
import { UpstreamChanges } from '../admin/routing/upstream-changes.js';

export interface RoutingMeans {
  /** Several processes may share one. */
  readonly routingStore?: InMemoryRoutingStore;
  readonly keyring?: Keyring;
  /** Of the environment's upstream. */
  readonly baseUrl?: string;
}

/** The parts of routing as one process has them. */
export function openRouting({
  routingStore = new InMemoryRoutingStore(),
  keyring = new Keyring(Buffer.alloc(32, 5)),
  baseUrl,
}: RoutingMeans = {}) {
  const routing = new Routing(new Upstreams(standingUpstream('openai', baseUrl)));
  const troubles: string[] = [];
  const liveUpstreams = new LiveUpstreams({
    open: (...box) => keyring.open(...box),
    onUnusable: (name) => troubles.push(name),
  });
  const routingWatch = new RoutingWatch({
    store: routingStore,
    live: liveUpstreams,
    routing,
    onUnreadable: ({ id }) => troubles.push(id),
  });
  return {
    routing,
    routingStore,
    routingWatch,
    liveUpstreams,
    targetHealth: new TargetHealth(),
    upstreamChanges: new UpstreamChanges({ store: routingStore, watch: routingWatch, keyring }),
    troubles,
  };
}
