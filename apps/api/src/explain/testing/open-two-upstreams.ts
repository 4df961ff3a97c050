import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  MeteredGovernor,
  NO_OBJECTS,
  type Objects,
  type Route,
  Routing,
  Upstreams,
} from '@app/proxy';
import { aRoute, aTarget, plainPassThrough, standingUpstream } from '@app/proxy/testing';
import { issueKey, LocalLimiter, newTenant, OpenHolds, type Policy } from '@app/tenants';
import { InMemoryLedgerStore } from '@app/tenants/testing';
import { type OpenApi, openApi } from '../../testing/open-api.js';

export interface TwoUpstreamsOptions {
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

/** The HTTP face with the pass-through as it ships, between it and two upstreams: `openai` and `other`. */
export async function openTwoUpstreams(
  listeners: { readonly openai: RequestListener; readonly other: RequestListener },
  { routes = [], objects = NO_OBJECTS }: TwoUpstreamsOptions = {},
) {
  const [openai, other] = [await listen(listeners.openai), await listen(listeners.other)];
  const [own, second] = [
    standingUpstream('openai', openai.url),
    standingUpstream('other', other.url),
  ];
  const upstreams = new Upstreams(own);
  upstreams.replace([second]);
  const routing = new Routing(upstreams);
  routing.replaceRoutes(routes);
  const limiter = new LocalLimiter(new InMemoryLedgerStore());
  const ledger = { add: () => undefined };
  const holds = new OpenHolds(ledger);
  const passThrough = plainPassThrough(routing, {
    maxJsonBytes: 10_000,
    governor: new MeteredGovernor({ limiter, ledger, holds, owner: 'process-1' }),
    objects,
  });
  const api = await openApi({ passThrough, limiter });
  const close = async (): Promise<void> => {
    await api.close();
    await Promise.all([own.client.close(), second.client.close(), openai.close(), other.close()]);
  };
  return { api, seen: { openai: openai.seen, other: other.seen }, close };
}

export type TwoUpstreams = Awaited<ReturnType<typeof openTwoUpstreams>>;

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
export const routeTo = (model: string, ...upstreams: readonly string[]): Route =>
  aRoute(model, { targets: upstreams.map((upstream, order) => aTarget({ upstream, order })) });
