import { tmpdir } from 'node:os';
import type { Config } from '@app/config';
import type { Database, PostgresCredentialStore } from '@app/database';
import type { createMetrics, Logger } from '@app/observability';
import type { AccountPool, Catalog } from '@app/providers';
import {
  DEFAULT_UPSTREAM,
  type Governor,
  type KeptReplays,
  PassThrough,
  Sockets,
  TargetHealth,
  UpstreamAccounts,
  UpstreamClient,
} from '@app/proxy';
import type { Keyring } from '@app/tenants';
import { assembleObjects } from './assemble-objects.js';
import { assembleRouting } from './assemble-routing.js';
import { namesOfModel } from './http/names-of-model.js';

export interface PassThroughMeans {
  readonly accounts: AccountPool;
  readonly catalog: Catalog;
  readonly credentials: PostgresCredentialStore;
  readonly database: Database;
  readonly keyring: Keyring;
  readonly governor: Governor;
  readonly replays: KeptReplays;
  readonly logger: Logger;
  readonly metrics: ReturnType<typeof createMetrics>;
}

/** What sends calls on: upstreams, routes, and both ways through to them, requests and WebSockets. */
export function assemblePassThrough(config: Config, means: PassThroughMeans) {
  const { accounts, catalog, credentials, database, governor, keyring, replays, logger, metrics } =
    means;
  const baseUrl = config.variables.url('OPENAI_BASE_URL', 'https://api.openai.com/v1');
  const upstreamAccounts = new UpstreamAccounts({
    keys: () => upstreamKeys(accounts, baseUrl),
    onRefused: (id, status) => {
      if (accounts.find(id)?.state !== 'shifting') return;
      credentials
        .noteRefusal(id, `the upstream refused it in the pass-through (HTTP ${status})`)
        .catch((err: unknown) => logger.warn({ err, account: id }, 'a refusal was not noted'));
    },
  });
  const client = new UpstreamClient({ baseUrl });
  const own = { ...OWN_UPSTREAM, baseUrl, client, accounts: upstreamAccounts };
  const routes = assembleRouting({ own, database, keyring, logger });
  const { routing } = routes;
  const health = new TargetHealth();
  const { upstreams } = routing;
  const { objects, laterObjects } = assembleObjects({
    config,
    database,
    metrics,
    logger,
    upstreams,
  });
  const namesOf = (model: string) => namesOfModel(catalog, model);
  return {
    laterObjects,
    upstreamClient: client,
    upstreamAccounts,
    ...routes,
    targetHealth: health,
    passThrough: new PassThrough(routing, health, {
      maxBodyBytes: config.bodyLimitBytes.proxy,
      maxJsonBytes: config.proxyJsonLimitBytes,
      maxHeldBytes: MAX_HELD_BODY_BYTES,
      namesOf,
      governor,
      holdFolder: tmpdir(),
      objects,
      replays,
    }),
    sockets: new Sockets({
      routing,
      health,
      maxJsonBytes: config.proxyJsonLimitBytes,
      namesOf,
      governor,
      objects,
      onBug: (err, requestId) => logger.error({ err, requestId }, 'unexpected error'),
    }),
  };
}

/** The upstream of the environment, as routes name it. */
const OWN_UPSTREAM = { name: DEFAULT_UPSTREAM, weight: 1, injectUsage: true };

/** A key that was stored for another address is never sent to this one. */
const upstreamKeys = (accounts: AccountPool, baseUrl: string) =>
  accounts
    .ready()
    .filter((account) => account.provider.id === 'openai' && account.baseUrl === baseUrl)
    .flatMap(({ id, weight, reveal }) => (reveal ? [{ id, weight, reveal }] : []));

/** Of bodies that are read to be judged; as much as the largest that `PROXY_JSON_LIMIT_BYTES` allows. */
const MAX_HELD_BODY_BYTES = 268_435_456;
