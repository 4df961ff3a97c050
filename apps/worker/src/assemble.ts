import {
  CallbackSender,
  type CallbackSenderOptions,
  Deliverer,
  parseSchedule,
} from '@app/callbacks';
import { type Config, setting, settings } from '@app/config';
import {
  Database,
  openInstance,
  PostgresAuditPartitions,
  PostgresAlertStore,
  PostgresCredentialStore,
  PostgresDeliveryQueue,
  PostgresDispatchStore,
  PostgresDueWork,
  PostgresEngineFigures,
  PostgresInputStore,
  PostgresPriceStore,
  PostgresLedgerStore,
  PostgresReceiverReports,
  PostgresRetentionStore,
  PostgresTaskStore,
  PostgresTenantErasureStore,
  PostgresUnaccountedEnds,
  PostgresVendorHealthStore,
  PostgresWorkQueues,
} from '@app/database';
import { createMetrics, type Logger } from '@app/observability';
import {
  axiosThroughDoor,
  GuardedDoor,
  parseDnsServers,
  parseForwardProxy,
  tenantPolicy,
} from '@app/outbound';
import { Archivist, InputLinks, openOutputStore, OutputLinks } from '@app/outputs';
import { PriceWatch } from '@app/prices';
import { accountPoolOf, configuredProviders } from '@app/providers';
import { Queues, RedisBudgetMirror, RedisTaskSignals } from '@app/queue';
import {
  CancelTask,
  Durations,
  EndOverdue,
  MediaFetcher,
  OutputIntake,
  StepTools,
  VendorHealth,
  VendorHooks,
  type VendorHttp,
  Vendors,
  type WorkQueue,
} from '@app/tasks';
import { parseKeyring } from '@app/tenants';
import { assembleSigning } from './assemble-signing.js';
import { assembleSteps } from './assemble-steps.js';
import { AuditDuty } from './duties/audit.duty.js';
import { AccountsDuty } from './duties/accounts.duty.js';
import { AlertsDuty } from './duties/alerts.duty.js';
import { BalancePushDuty } from './duties/balance-push.duty.js';
import { CheckSweepDuty } from './duties/check-sweep.duty.js';
import { ClockDuty } from './duties/clock.duty.js';
import { DeadlineDuty } from './duties/deadline.duty.js';
import { DeliveryDuty } from './duties/delivery.duty.js';
import { DispatcherDuty } from './duties/dispatcher.duty.js';
import { FiguresDuty } from './duties/figures.duty.js';
import { LedgerDuty } from './duties/ledger.duty.js';
import { OrphanSweepDuty } from './duties/orphan-sweep.duty.js';
import { PricesDuty } from './duties/prices.duty.js';
import { PausesDuty } from './duties/pauses.duty.js';
import { PendingReaperDuty } from './duties/pending-reaper.duty.js';
import { ReceiverReportsDuty } from './duties/receiver-reports.duty.js';
import { ReconcilerDuty } from './duties/reconciler.duty.js';
import { RelayDuty } from './duties/relay.duty.js';
import { RetentionDuty } from './duties/retention.duty.js';
import { TenantErasureDuty } from './duties/tenant-erasure.duty.js';
import { RotationDuty } from './duties/rotation.duty.js';
import { WithoutRedisDuty } from './duties/without-redis.duty.js';
import { Health } from './health.js';

export type WorkerParts = Awaited<ReturnType<typeof assemble>>;

export interface WorkerHooks {
  /** Names this start of this worker in leases; no other has the name. */
  readonly owner: string;
  /** The end of the drain time: what still runs breaks off. */
  readonly shutdown: AbortSignal;
  /** Has a duty take its next turn now. */
  readonly wake: (duty: string) => void;
  /** An operator has paused a queue, or lets it go on. */
  readonly onPause: (queue: WorkQueue, isPaused: boolean) => void;
}

/** Puts the worker together; with `assemble-steps.ts` the only place that knows every implementation. */
export async function assemble(config: Config, logger: Logger, hooks: WorkerHooks) {
  const database = new Database(config.databaseUrl.reveal(), { maxConnections: 20 });
  const keyring = setting('MASTER_KEY', () => parseKeyring(config.masterKey.reveal()));
  const instance = await openInstance(database, keyring);
  const outputs = await openOutputStore(config, instance);
  const redisUrl = config.redisUrl.reveal();
  const queues = new Queues(redisUrl, instance.outputStoreId);
  const signals = new RedisTaskSignals(redisUrl);
  const ledger = new PostgresLedgerStore(database);
  const mirror = new RedisBudgetMirror(redisUrl, ledger);
  const metrics = createMetrics();
  const door = openDoor(config);
  const links = new OutputLinks(config.publicUrl, keyring.derive('output-link'));
  const providers = settings(() => configuredProviders(config.variables));
  const credentials = new PostgresCredentialStore(database);
  const accounts = settings(() =>
    accountPoolOf({
      providers,
      variables: config.variables,
      store: credentials,
      open: (...box) => keyring.open(...box),
      onUnusable: (credentialId, err) =>
        logger.error({ credentialId, err }, 'a stored upstream key cannot be used'),
    }),
  );
  await accounts.refresh();
  const vendors = new Vendors(accounts, vendorHttp(door));
  const limitsOf = (account: string) => vendors.find(account)?.limits ?? null;
  const store = new PostgresTaskStore(database);
  const health = new PostgresVendorHealthStore(database);
  const tools = new StepTools({
    store,
    vendors,
    durations: new Durations(),
    reports: new VendorHealth({
      store: health,
      logger,
      limitOf: (account) => limitsOf(account)?.inFlight ?? null,
      accountsOf: (provider) => vendors.idsOf(provider),
    }),
    signals,
    link: (outputId, expireAt) => links.sign(outputId, expireAt),
    logger,
    metrics,
    onRings: () => {
      hooks.wake('relay');
      hooks.wake('dispatcher');
    },
    onDelivery: () => hooks.wake('delivery'),
  });
  const archivist = new Archivist(door, outputs, { maxOutputBytes: config.outputMaxBytes });
  const vendorHooks = new VendorHooks(config.publicUrl, keyring.derive('vendor-hook'), vendors);
  const clock = new ClockDuty(async () => await database.now(), logger);
  const steps = assembleSteps({
    tools,
    clock: () => clock.nowMs(),
    archivist,
    intake: new OutputIntake(archivist, outputs, config.outputTtlSeconds),
    inputs: new MediaFetcher({
      door,
      inputs: new PostgresInputStore(database),
      objects: outputs,
      links: new InputLinks(config.publicUrl, keyring.derive('input-link')),
      vendors,
    }),
    due: queues.checks,
    hookUrls: (provider, attemptId) => vendorHooks.urlFor(provider, attemptId),
    ...hooks,
  });
  const work = new PostgresDueWork(database);
  const rows = new PostgresRetentionStore(database);
  const concurrency = config.workerConcurrency;
  const pauses = new PausesDuty(new PostgresWorkQueues(database), hooks.owner, hooks.onPause);
  const sweep = new CheckSweepDuty({
    due: queues.checks,
    check: steps.check,
    rates: queues.checkRates,
    limitsOf,
    logger,
    metrics,
    concurrency,
    shutdown: hooks.shutdown,
    onRoom: () => hooks.wake('check-sweep'),
  });
  const withoutRedis = new WithoutRedisDuty({
    work,
    ping: async () => await queues.ping(),
    steps: steps.handlers,
    isPaused: pauses.isPaused,
    logger,
    concurrency,
    onRoom: () => hooks.wake('without-redis'),
  });
  const delivery = new DeliveryDuty({
    queue: new PostgresDeliveryQueue(database),
    deliverer: deliverer(
      config,
      { door, ...(await assembleSigning(config, { database, keyring, logger, metrics })) },
      clock,
    ),
    limits: {
      atOnce: config.callbackReceiverConcurrency,
      perSecond: config.callbackReceiverPerSecond,
      disableAfterHours: config.callbackDisableAfterHours,
    },
    concurrency: config.callbackConcurrency,
    timeoutMs: config.callbackTimeoutMs,
    shutdown: hooks.shutdown,
    onRoom: () => hooks.wake('delivery'),
    logger,
    metrics,
  });
  return {
    handlers: steps.handlers,
    duties: [
      clock,
      new PricesDuty(new PriceWatch(new PostgresPriceStore(database))),
      pauses,
      new AccountsDuty(accounts),
      new RotationDuty({
        store: credentials,
        health,
        vendors,
        logger,
        shutdown: hooks.shutdown,
      }),
      new RelayDuty(work, queues, metrics),
      pauses.pausable(
        'submit',
        new DispatcherDuty({
          store: new PostgresDispatchStore(database),
          accounts: () => accounts.ready(),
          onAdmitted: () => hooks.wake('relay'),
          metrics,
        }),
      ),
      pauses.pausable('callback', delivery),
      pauses.pausable('check', sweep),
      withoutRedis,
      new BalancePushDuty(ledger, mirror),
      new PendingReaperDuty({ pending: mirror, ledger, logger }),
      new ReconcilerDuty(work, queues, metrics),
      new DeadlineDuty(work, new EndOverdue(tools), logger, hooks.shutdown),
      new RetentionDuty({
        work,
        rows,
        outputs,
        metrics,
        taskDays: config.taskRetentionDays,
      }),
      new AuditDuty({
        partitions: new PostgresAuditPartitions(database),
        logger,
        days: config.auditRetentionDays,
      }),
      new TenantErasureDuty({
        store: new PostgresTenantErasureStore(database),
        cancellation: new CancelTask({
          store,
          providerOf: (id) => providers.find((one) => one.id === id) ?? null,
          link: (outputId, expireAt) => links.sign(outputId, expireAt),
          signals,
          onRings: () => hooks.wake('relay'),
          onDelivery: () => hooks.wake('delivery'),
        }),
        logger,
      }),
      new LedgerDuty(
        new PostgresLedgerStore(database),
        new PostgresUnaccountedEnds(database),
        logger,
      ),
      new OrphanSweepDuty({ outputs, rows, metrics, logger }),
      new FiguresDuty({
        figures: new PostgresEngineFigures(database),
        accounts: () => accounts.ready(),
        checkLag: async () => await queues.checks.lag(),
        metrics,
      }),
      new AlertsDuty({
        alerts: new PostgresAlertStore(database),
        logger,
        onDelivery: () => hooks.wake('delivery'),
      }),
      new ReceiverReportsDuty({
        reports: new PostgresReceiverReports(database),
        logger,
        metrics,
        disableAfterMs:
          config.callbackDisableAfterHours && config.callbackDisableAfterHours * HOUR_MS,
      }),
    ],
    /** When Redis is connected, or is away: a first turn that came before would take it for away. */
    untilConnected: async () => {
      await Promise.allSettled([queues.connected(), mirror.connected()]);
    },
    /** Waits for what duties have begun and not waited for. */
    drain: async () => {
      await Promise.all([delivery.drain(), sweep.drain(), withoutRedis.drain()]);
    },
    health: new Health({ postgres: () => database.ping(), redis: () => queues.ping() }),
    metrics,
    close: async () => {
      signals.close();
      mirror.close();
      await queues.close();
      await door.close();
      await database.close();
    },
  };
}

const tenantDoorPolicy = (config: Config) =>
  setting('CALLBACK_ALLOWED_NETWORKS', () =>
    tenantPolicy({
      allowedNetworks: config.callbackAllowedNetworks,
      ownPorts: config.ownPorts,
      publicUrl: config.publicUrl,
    }),
  );

function openDoor(config: Config): GuardedDoor {
  const { outboundDnsServers, outboundProxy } = config;
  return new GuardedDoor({
    tenants: tenantDoorPolicy(config),
    dnsServers: setting('OUTBOUND_DNS_SERVERS', () => parseDnsServers(outboundDnsServers)),
    proxy:
      outboundProxy === undefined
        ? undefined
        : setting('OUTBOUND_PROXY', () => parseForwardProxy(outboundProxy.reveal())),
  });
}

/** A vendor's own host, or a public one that the vendor's answer named; nothing else. */
function vendorHttp(door: GuardedDoor): VendorHttp {
  return ({ baseUrl }, timeoutMs) =>
    axiosThroughDoor(door, {
      addressClass: { kind: 'vendor-answer', trustedBaseUrl: baseUrl },
      timeouts: { connectMs: 5_000, headersMs: timeoutMs, idleMs: 60_000, totalMs: timeoutMs },
      maxBytes: MAX_VENDOR_ANSWER_BYTES,
    });
}

const HOUR_MS = 3_600_000;

/** Room for a handful of large pictures or a video in base64. */
const MAX_VENDOR_ANSWER_BYTES = 512 * 1024 * 1024;

function deliverer(
  config: Config,
  means: Omit<CallbackSenderOptions, 'timeoutMs'>,
  clock: ClockDuty,
): Deliverer {
  const sender = new CallbackSender({ ...means, timeoutMs: config.callbackTimeoutMs });
  return new Deliverer(sender, {
    schedule: setting('CALLBACK_RETRY_SCHEDULE', () => parseSchedule(config.callbackRetrySchedule)),
    // Postgres judges what is due: by a clock that is behind, retries would follow each other at once.
    now: () => new Date(clock.nowMs()),
    slowDownSeconds: (SLOW_DOWN_TIMEOUTS * config.callbackTimeoutMs) / 1000,
  });
}

/** After a time-out a receiver is left in peace for as many of them: a minute by default. */
const SLOW_DOWN_TIMEOUTS = 6;
