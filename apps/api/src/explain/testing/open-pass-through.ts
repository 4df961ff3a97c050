import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import {
  MeteredGovernor,
  NO_OBJECTS,
  NO_REPLAYS,
  type Objects,
  PassThrough,
  type Route,
  Routing,
  TargetHealth,
  UpstreamAccounts,
  UpstreamClient,
  Upstreams,
} from '@app/proxy';
import { issueKey, LocalLimiter, newTenant, OpenHolds, type Policy } from '@app/tenants';
import { InMemoryLedgerStore } from '@app/tenants/testing';
import { type OpenApi, openApi } from '../../testing/open-api.js';

export interface PassThroughOptions {
  readonly routes?: readonly Route[];
  readonly objects?: Objects;
}

/** A loopback server that remembers what came. */
async function listen(listener: RequestListener) {
  const seen = { connections: 0, requests: 0 };
  const server = createServer((request, response) => {
    seen.requests += 1;
    listener(request, response);
  });
  server.on('connection', () => (seen.connections += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A TCP server that listens has an address of this kind.
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { seen, url: `http://127.0.0.1:${port}/v1`, close };
}

const live = (name: string, baseUrl: string) => ({
  name,
  baseUrl,
  weight: 1,
  injectUsage: true,
  client: new UpstreamClient({ baseUrl }),
  accounts: new UpstreamAccounts({
    keys: () => [{ id: `key-of-${name}`, weight: 1, reveal: () => 'sk-up' }],
  }),
});

/** The HTTP face with the pass-through as it ships, between it and two upstreams: `openai` and `other`. */
export async function openPassThrough(
  listeners: { readonly openai: RequestListener; readonly other: RequestListener },
  { routes = [], objects = NO_OBJECTS }: PassThroughOptions = {},
) {
  const [openai, other] = [await listen(listeners.openai), await listen(listeners.other)];
  const [own, second] = [live('openai', openai.url), live('other', other.url)];
  const upstreams = new Upstreams(own);
  upstreams.replace([second]);
  const routing = new Routing(upstreams);
  routing.replaceRoutes(routes);
  const limiter = new LocalLimiter(new InMemoryLedgerStore());
  const ledger = { add: () => undefined };
  const holds = new OpenHolds(ledger);
  const passThrough = new PassThrough(routing, new TargetHealth(), {
    maxBodyBytes: 1_000_000,
    maxJsonBytes: 10_000,
    maxHeldBytes: 1_000_000,
    namesOf: (model) => [model],
    governor: new MeteredGovernor({ limiter, ledger, holds, owner: 'process-1' }),
    objects,
    replays: NO_REPLAYS,
    holdFolder: tmpdir(),
  });
  const api = await openApi({ passThrough, limiter });
  const close = async (): Promise<void> => {
    await api.close();
    await Promise.all([own.client.close(), second.client.close(), openai.close(), other.close()]);
  };
  return { api, seen: { openai: openai.seen, other: other.seen }, close };
}

export type OpenPassThrough = Awaited<ReturnType<typeof openPassThrough>>;

let made = 0;

/** A new tenant under this policy, and its key. */
export async function newCaller({ tenants, keyPepper }: OpenApi, policy: Policy): Promise<string> {
  made += 1;
  const now = new Date();
  const tenant = newTenant(`tenant-${made}`, now);
  await tenants.createTenant(tenant);
  await tenants.changeTenant(tenant.id, { policy });
  const issued = issueKey({ tenantId: tenant.id, pepper: keyPepper, now });
  await tenants.createKey(issued.row);
  return issued.key;
}

/** A route to these, in this order. */
export const routeTo = (model: string, ...upstreams: readonly string[]): Route => ({
  model,
  targets: upstreams.map((upstream, order) => ({ upstream, model: null, weight: null, order })),
  retries: 2,
  timeouts: {
    connectMs: 5_000,
    headersMs: 60_000,
    firstTokenMs: 60_000,
    idleMs: 60_000,
    totalMs: 60_000,
  },
  delivery: 'live',
  keepAliveMs: 0,
});
