import { CallbackSender, DeliverStep, newCallbackSecret, parseSchedule } from '@app/callbacks';
import { type Config, setting } from '@app/config';
import {
  Database,
  openInstance,
  PostgresDeliveryStore,
  PostgresDueWork,
  PostgresTaskStore,
  PostgresTenantStore,
} from '@app/database';
import { createMetrics, type Logger } from '@app/observability';
import { axiosThroughDoor, GuardedDoor, tenantPolicy } from '@app/outbound';
import { Archivist, openOutputStore, OutputLinks } from '@app/outputs';
import { accountsOf, providers } from '@app/providers';
import { Queues } from '@app/queue';
import {
  ArchiveStep,
  CheckStep,
  Durations,
  OutputIntake,
  StepTools,
  SubmitStep,
  type VendorHttp,
  Vendors,
} from '@app/tasks';
import { CallbackSecrets, parseKeyring } from '@app/tenants';
import { DeadlineDuty } from './duties/deadline.duty.js';
import { ReconcilerDuty } from './duties/reconciler.duty.js';
import { RelayDuty } from './duties/relay.duty.js';
import { RetentionDuty } from './duties/retention.duty.js';
import { Health } from './health.js';

export type WorkerParts = Awaited<ReturnType<typeof assemble>>;

export interface WorkerHooks {
  /** Names this worker in leases. */
  readonly owner: string;
  /** A step left rings in the outbox. */
  readonly onRings: () => void;
}

/** Puts the worker together; the only place that knows every implementation. */
export async function assemble(config: Config, logger: Logger, hooks: WorkerHooks) {
  const database = new Database(config.databaseUrl.reveal(), { maxConnections: 20 });
  const keyring = setting('MASTER_KEY', () => parseKeyring(config.masterKey.reveal()));
  const instance = await openInstance(database, keyring);
  const outputs = await openOutputStore(config, instance);

  const queues = new Queues(config.redisUrl.reveal());
  const metrics = createMetrics();
  const policy = setting('CALLBACK_ALLOWED_NETWORKS', () =>
    tenantPolicy({
      allowedNetworks: config.callbackAllowedNetworks,
      ownPorts: config.ownPorts,
      publicUrl: config.publicUrl,
    }),
  );
  const door = new GuardedDoor({ tenants: policy });
  const archivist = new Archivist(door, outputs, { maxOutputBytes: config.outputMaxBytes });
  const links = new OutputLinks(config.publicUrl, keyring.derive('output-link'));
  const vendors = new Vendors(
    providers.flatMap((provider) => accountsOf(provider, config.variables)),
    vendorHttp(door),
  );
  const tools = new StepTools(
    new PostgresTaskStore(database),
    vendors,
    new Durations(),
    (outputId, expireAt) => links.sign(outputId, expireAt),
    logger,
    metrics,
    hooks.onRings,
  );
  const intake = new OutputIntake(archivist, config.outputTtlSeconds);
  const work = new PostgresDueWork(database);
  return {
    submit: new SubmitStep(tools, intake, hooks.owner),
    check: new CheckStep(tools, intake, queues),
    archive: new ArchiveStep(tools, archivist),
    deliver: deliverStep(config, database, door, () => keyring),
    relay: new RelayDuty(work, queues, metrics),
    duties: [
      new ReconcilerDuty(work, queues, metrics),
      new DeadlineDuty(work, tools),
      new RetentionDuty(work),
    ],
    health: new Health({ postgres: () => database.ping(), redis: () => queues.ping() }),
    metrics,
    close: async () => {
      await queues.close();
      await door.close();
      await database.close();
    },
  };
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

/** Room for a handful of large pictures or a video in base64. */
const MAX_VENDOR_ANSWER_BYTES = 512 * 1024 * 1024;

function deliverStep(
  config: Config,
  database: Database,
  door: GuardedDoor,
  keyring: () => ReturnType<typeof parseKeyring>,
): DeliverStep {
  const tenants = new PostgresTenantStore(database);
  const secrets = new CallbackSecrets(tenants, keyring, { generate: newCallbackSecret });
  const sender = new CallbackSender({ door, secrets, timeoutMs: config.callbackTimeoutMs });
  return new DeliverStep(new PostgresDeliveryStore(database), sender, {
    schedule: setting('CALLBACK_RETRY_SCHEDULE', () => parseSchedule(config.callbackRetrySchedule)),
    leaseMs: config.callbackTimeoutMs + 10_000,
  });
}
