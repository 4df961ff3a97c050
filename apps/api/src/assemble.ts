import { join } from 'node:path';
import {
  callbackSecretBytes,
  CallbackSigningKey,
  newCallbackSecret,
  newSigningKey,
} from '@app/callbacks';
import { type Config, setting, settings } from '@app/config';
import {
  Database,
  isRefusal,
  openCallbackKey,
  openInstance,
  PostgresAdminActionStore,
  PostgresAdminStore,
  PostgresAlertStore,
  PostgresAuditStore,
  PostgresCredentialStore,
  PostgresDeliveryStore,
  PostgresInputStore,
  PostgresLedgerStore,
  PostgresPriceStore,
  PostgresPlanStore,
  PostgresReplayStore,
  PostgresTaskStore,
  PostgresTenantErasureStore,
  PostgresTenantStore,
  PostgresUsageStore,
  PostgresVendorOverview,
  PostgresWorkQueues,
} from '@app/database';
import { createMetrics, type Logger } from '@app/observability';
import { parseNetworks, tenantPolicy } from '@app/outbound';
import { InputLinks, openOutputStore, OutputLinks } from '@app/outputs';
import { accountPoolOf, Catalog, configuredProviders } from '@app/providers';
import { PriceWatch, shippedPrices } from '@app/prices';
import { KeptReplays } from '@app/proxy';
import { OutboxPoke, RedisLimiter, RedisTaskSignals, TaskSignalsListener } from '@app/queue';
import {
  CancelTask,
  InputIntake,
  InputKeeper,
  TaskCreator,
  VendorHooks,
  Vendors,
} from '@app/tasks';
import {
  AdminAuthenticator,
  AttemptLimit,
  AuditBuffer,
  Authenticator,
  CallbackSecrets,
  DiskSpoolFiles,
  Confirmations,
  type Keyring,
  keyDigest,
  keyPrefix,
  parseInternalKeys,
  parseKeyring,
  refuseDemoKey,
} from '@app/tenants';
import { assembleMoney } from './assemble-money.js';
import { assemblePassThrough } from './assemble-pass-through.js';
import { UpstreamCredentials } from './admin/upstream-credentials.js';
import { CallbackKeys } from './callbacks/callback-keys.js';
import { OpenCalls } from './http/open-calls.js';
import { CallbackUrls } from './tasks/callback-urls.js';
import { TaskWatcher } from './tasks/task-watcher.js';

export type ApiParts = Awaited<ReturnType<typeof assemble>>;

/** Puts the API together; the only place that knows every implementation. */
export async function assemble(config: Config, logger: Logger) {
  const keyring = setting('MASTER_KEY', () => parseKeyring(config.masterKey.reveal()));
  const database = new Database(config.databaseUrl.reveal(), { maxConnections: 20 });
  const instance = await openInstance(database, keyring);
  const { keyPepper } = instance;
  const outputs = await openOutputStore(config, instance);
  const tenants = new PostgresTenantStore(database);
  const adminStore = new PostgresAdminStore(database);

  const metrics = createMetrics();
  const tasks = new PostgresTaskStore(database);
  const credentials = new PostgresCredentialStore(database);
  const { catalog, accounts } = settings(() => {
    const providers = configuredProviders(config.variables);
    const pool = {
      providers,
      variables: config.variables,
      store: credentials,
      open: (...box: Parameters<Keyring['open']>) => keyring.open(...box),
      onUnusable: (credentialId: string, err: unknown) =>
        logger.error({ credentialId, err }, 'a stored upstream key cannot be used'),
    };
    return { catalog: new Catalog(providers), accounts: accountPoolOf(pool) };
  });
  const vendors = new Vendors(accounts, () => {
    throw new Error('The API never calls a vendor');
  });
  const policy = setting('CALLBACK_ALLOWED_NETWORKS', () =>
    tenantPolicy({
      allowedNetworks: config.callbackAllowedNetworks,
      ownPorts: config.ownPorts,
      publicUrl: config.publicUrl,
    }),
  );
  const watcher = new TaskWatcher(tasks, {
    onError: (error) => logger.warn({ err: error }, 'waited-for tasks cannot be looked at'),
  });
  const calls = new OpenCalls(tenants, {
    onError: (error) => logger.warn({ err: error }, 'keys of open calls cannot be looked up'),
  });
  const redisUrl = config.redisUrl.reveal();
  const poke = new OutboxPoke(redisUrl);
  const signals = new RedisTaskSignals(redisUrl);
  const links = new OutputLinks(config.publicUrl, keyring.derive('output-link'));
  const auditStore = new PostgresAuditStore(database);
  const prices = new PostgresPriceStore(database);
  await prices.keepShipped(shippedPrices);
  const inputs = new PostgresInputStore(database);
  const inputKeeper = new InputKeeper(outputs, inputs);
  const ledger = new PostgresLedgerStore(database);
  const limiter = new RedisLimiter({
    redisUrl,
    ledger,
    timeoutMs: config.limitsTimeoutMs,
    onLocal: (local, error) => noteLocalLimits(metrics, logger, { local, error }),
  });
  const { governor, money } = assembleMoney({ config, ledger, limiter, metrics, logger });
  const replays = new KeptReplays({
    store: new PostgresReplayStore(database),
    objects: outputs,
    keyring,
    onError: (error) => logger.warn({ err: error }, 'first answers cannot be kept or read'),
  });
  const parts = {
    ledger,
    limiter,
    money,
    confirmations: new Confirmations(ledger, limiter, {
      onError: (error) => logger.warn({ err: error }, 'balances cannot be read'),
    }),
    trustedProxies: setting('TRUSTED_PROXIES', () => parseNetworks(config.trustedProxies)),
    database,
    tenants,
    plans: new PostgresPlanStore(database),
    keyPepper,
    calls,
    authenticator: new Authenticator(tenants, {
      pepper: keyPepper,
      attempts: new AttemptLimit({ perMinute: config.authFailuresPerMinute }),
      onFailure: (reason) => metrics.authFailures.inc({ face: 'tenant', reason }),
      onForget: () => calls.recheck(),
    }),
    erasure: new PostgresTenantErasureStore(database),
    adminStore,
    admins: new AdminAuthenticator(adminStore, {
      rootToken: () => config.adminToken.reveal(),
      pepper: keyPepper,
    }),
    adminAttempts: new AttemptLimit({ perMinute: config.authFailuresPerMinute }),
    adminActions: new PostgresAdminActionStore(database),
    callbackSecrets: new CallbackSecrets(tenants, () => keyring, {
      generate: newCallbackSecret,
      check: callbackSecretBytes,
    }),
    callbackKeys: await callbackKeys(config, database, keyring),
    callbackUrls: new CallbackUrls(policy),
    tasks,
    alerts: new PostgresAlertStore(database),
    workQueues: new PostgresWorkQueues(database),
    deliveries: new PostgresDeliveryStore(database),
    vendors,
    accounts,
    upstreamCredentials: new UpstreamCredentials({
      store: credentials,
      accounts,
      keyring,
      catalog,
      variables: config.variables,
    }),
    vendorOverview: new PostgresVendorOverview(database),
    catalog,
    creator: new TaskCreator(tasks, vendors, catalog),
    cancellation: new CancelTask({
      store: tasks,
      providerOf: (id) => catalog.provider(id),
      link: (outputId, expireAt) => links.sign(outputId, expireAt),
      signals,
      onRings: () => poke.poke(),
      onDelivery: () => poke.poke(),
    }),
    watcher,
    signals,
    signalsListener: new TaskSignalsListener(redisUrl, (ids) => watcher.tell(ids)),
    vendorHooks: new VendorHooks(config.publicUrl, keyring.derive('vendor-hook'), vendors),
    outputs,
    inputs,
    inputLinks: new InputLinks(config.publicUrl, keyring.derive('input-link')),
    inputKeeper,
    inputIntake: new InputIntake(inputKeeper, inputs, policy, config.bodyLimitBytes.tasks),
    links,
    auditStore,
    usage: new PostgresUsageStore(database),
    prices,
    priceWatch: new PriceWatch(prices),
    audit: auditBuffer(auditStore, config, metrics, logger),
    poke,
    metrics,
    replays,
    ...assemblePassThrough(config, {
      accounts,
      catalog,
      credentials,
      database,
      governor,
      keyring,
      replays,
      logger,
      metrics,
    }),
  };
  // Last: a process that refuses its configuration must not have taken keys away.
  await tenants.upsertInternal(internalKeys(config, keyPepper));
  return parts;
}

async function callbackKeys(
  config: Config,
  database: Database,
  keyring: Keyring,
): Promise<CallbackKeys> {
  if (!config.callbackEd25519) return new CallbackKeys(null);
  const key = await openCallbackKey(database, keyring, newSigningKey);
  return new CallbackKeys(new CallbackSigningKey(key).published);
}

function internalKeys(config: Config, pepper: Buffer) {
  const keys = setting('INTERNAL_KEYS', () => {
    const parsed = parseInternalKeys(config.internalKeys?.reveal() ?? '');
    refuseDemoKey(parsed, config.host);
    return parsed;
  });
  return keys.map(({ tenant, key }) => ({
    tenant,
    digest: keyDigest(pepper, key),
    prefix: keyPrefix(key),
  }));
}

function noteLocalLimits(
  metrics: ReturnType<typeof createMetrics>,
  logger: Logger,
  { local, error }: { readonly local: boolean; readonly error: unknown },
): void {
  metrics.limitsLocal.set(local ? 1 : 0);
  if (local) logger.warn({ err: error }, 'redis is away: this process counts limits alone');
  else logger.info('redis is back: limits are counted for all processes again');
}

function auditBuffer(
  store: PostgresAuditStore,
  config: Config,
  metrics: ReturnType<typeof createMetrics>,
  logger: Logger,
): AuditBuffer {
  return new AuditBuffer(store, {
    files: new DiskSpoolFiles(join(config.dataDir, 'spool')),
    maxRows: MAX_WAITING_AUDIT_ROWS,
    isRefusal,
    onDrop: (rows, because) => {
      metrics.auditDropped.inc(rows);
      logger.error({ rows, because }, 'audit rows lost: neither Postgres nor the spool took them');
    },
    onError: (error, at) => logger.warn({ err: error, at }, 'audit rows wait'),
    onSpool: (rows) => metrics.spooled.inc({ kind: 'audit' }, rows),
  });
}

/** Some 100 MB; they stay in memory only while Postgres and the disk both fail. */
const MAX_WAITING_AUDIT_ROWS = 100_000;
