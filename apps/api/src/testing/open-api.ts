import { InMemoryDeliveryStore } from '@app/callbacks/testing';
import { loadConfig } from '@app/config';
import { createLogger, createMetrics } from '@app/observability';
import { parseNetworks, tenantPolicy } from '@app/outbound';
import { InputLinks, OutputLinks } from '@app/outputs';
import { InMemoryOutputStore } from '@app/outputs/testing';
import { Catalog } from '@app/providers';
import { CancelTask, failed, InputIntake, InputKeeper, TaskCreator, VendorHooks } from '@app/tasks';
import { InMemoryInputStore, InMemoryTaskStore } from '@app/tasks/testing';
import {
  AdminAuthenticator,
  AttemptLimit,
  AuditBuffer,
  Authenticator,
  Confirmations,
  keyDigest,
  LocalLimiter,
} from '@app/tenants';
import {
  InMemoryAdminActionStore,
  InMemoryAdminStore,
  InMemoryAuditStore,
  InMemoryLedgerStore,
  InMemoryPlanStore,
  InMemorySpoolFiles,
  InMemoryTenantErasureStore,
  InMemoryTenantStore,
} from '@app/tenants/testing';
import type { ApiParts } from '../assemble.js';
import { buildApp } from '../build-app.js';
import { CallbackKeys } from '../callbacks/callback-keys.js';
import { Health } from '../health/health.js';
import { OpenCalls } from '../http/open-calls.js';
import { CallbackUrls } from '../tasks/callback-urls.js';
import { TaskWatcher } from '../tasks/task-watcher.js';
import { openRouting } from './open-routing.js';

const PEPPER = Buffer.alloc(32, 3);
const SECRET = Buffer.alloc(32, 4);

export const ADMIN_TOKEN = 'admin-token-of-the-tests';

const LINK = { link: () => 'https://gateway.example/outputs/x' };

const up = async (): Promise<void> => undefined;

class DeletionRecorder extends InMemoryOutputStore {
  constructor(private readonly deletedKeys: string[]) {
    super();
  }

  override async delete(key: string): Promise<void> {
    this.deletedKeys.push(key);
    await super.delete(key);
  }
}

/** Longer than any test. */
const NEVER_MS = 3_600_000;

/**
 * The HTTP face as it ships, on a free port of loopback, over stores in memory. Keys: `a` and `b`.
 * @param more parts that a test needs besides
 */
export async function openApi(more: object = {}) {
  const config = loadConfig({
    DATABASE_URL: 'postgres://nowhere',
    REDIS_URL: 'redis://nowhere',
    ADMIN_TOKEN,
    MASTER_KEY: 'unused',
  });
  const tenants = new InMemoryTenantStore();
  const entry = (name: string) => ({
    tenant: name,
    digest: keyDigest(PEPPER, name),
    prefix: name,
  });
  await tenants.upsertInternal([entry('a'), entry('b')]);
  const tasks = new InMemoryTaskStore();
  const adminStore = new InMemoryAdminStore();
  const deliveries = new InMemoryDeliveryStore();
  const vendors = { whyUnavailable: () => null, baseUrlOf: () => 'http://127.0.0.1:1' };
  const catalog = new Catalog();
  const watcher = new TaskWatcher(tasks, { onError: () => undefined, sweepMs: 50 });
  const calls = new OpenCalls(tenants, { onError: () => undefined });
  const deletedKeys: string[] = [];
  const wakes = { count: 0 };
  const policy = tenantPolicy({
    allowedNetworks: '',
    ownPorts: [],
    publicUrl: config.publicUrl,
  });
  const outputs = new DeletionRecorder(deletedKeys);
  const inputs = new InMemoryInputStore();
  const inputKeeper = new InputKeeper(outputs, inputs);
  const ledger = new InMemoryLedgerStore();
  const limiter = new LocalLimiter(ledger);
  const auditStore = new InMemoryAuditStore();
  const parts = {
    ledger,
    limiter,
    // Tasks in memory are in no ledger: confirmed, they would cost nothing. So a test says when (`flush`).
    confirmations: new Confirmations(ledger, limiter, {
      everyMs: NEVER_MS,
      onError: () => undefined,
    }),
    trustedProxies: parseNetworks(''),
    tenants,
    plans: new InMemoryPlanStore(tenants),
    keyPepper: PEPPER,
    calls,
    authenticator: new Authenticator(tenants, {
      pepper: PEPPER,
      attempts: new AttemptLimit({ perMinute: 100_000 }),
      onForget: () => calls.recheck(),
    }),
    erasure: new InMemoryTenantErasureStore(),
    adminStore,
    admins: new AdminAuthenticator(adminStore, { rootToken: () => ADMIN_TOKEN, pepper: PEPPER }),
    adminAttempts: new AttemptLimit({ perMinute: 100_000 }),
    adminActions: new InMemoryAdminActionStore(),
    callbackUrls: new CallbackUrls(policy),
    tasks,
    deliveries,
    vendors,
    catalog,
    creator: new TaskCreator(tasks, vendors, catalog),
    watcher,
    vendorHooks: new VendorHooks(config.publicUrl, [SECRET], vendors),
    cancellation: new CancelTask({
      store: tasks,
      providerOf: () => null,
      ...LINK,
      signals: { tell: (ids) => watcher.tell(ids) },
      onRings: () => undefined,
      onDelivery: () => undefined,
    }),
    outputs,
    inputs,
    inputKeeper,
    inputIntake: new InputIntake(inputKeeper, inputs, policy, config.bodyLimitBytes.tasks),
    links: new OutputLinks(config.publicUrl, [SECRET]),
    inputLinks: new InputLinks(config.publicUrl, [SECRET]),
    audit: new AuditBuffer(auditStore, {
      files: new InMemorySpoolFiles(),
      maxRows: 1_000,
      onDrop: () => undefined,
    }),
    poke: {
      poke: () => {
        wakes.count += 1;
      },
    },
    metrics: createMetrics(),
    callbackSecrets: {},
    callbackKeys: new CallbackKeys(null),
    auditStore,
    usage: {},
    passThrough: {},
    sockets: {},
    accounts: {},
    upstreamAccounts: {},
    upstreamCredentials: {},
    vendorOverview: {},
    ...openRouting(),
    ...more,
  };
  const logger = createLogger({ name: 'api', level: 'silent' });
  const shutdown = new AbortController();
  const health = new Health({ postgres: up, redis: up }, parts.metrics, undefined);
  // The rest of the parts is never asked for here.
  const app = await buildApp(config, logger, parts as unknown as ApiParts, {
    health,
    shutdown: shutdown.signal,
  });
  await parts.authenticator.runOnce();
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  return {
    ...parts,
    url,
    deletedKeys,
    wakes,
    tenantId: (await tenants.listTenants())[0]?.id ?? '',
    ask: async (path: string, options: RequestInit & { key?: string; json?: unknown } = {}) => {
      const { key = 'a', json, headers, ...rest } = options;
      return await fetch(url + path, {
        ...(json !== undefined && { method: 'POST', body: JSON.stringify(json) }),
        ...rest,
        headers: {
          authorization: `Bearer ${key}`,
          ...(json !== undefined && { 'content-type': 'application/json' }),
          ...Object.fromEntries(new Headers(headers)),
        },
      });
    },
    close: async () => {
      watcher.close();
      await app.close();
    },
  };
}

export type OpenApi = Awaited<ReturnType<typeof openApi>>;

const BROKEN = {
  code: 'TASK_FAILED',
  message: 'it broke',
  providerCode: null,
  retryable: false,
} as const;

/** Ends a task, as a worker would. */
export async function endTask({ tasks, watcher }: OpenApi, taskId: string): Promise<void> {
  const task = await tasks.find(taskId);
  if (!task) throw new Error(`No task ${taskId}`);
  await tasks.apply(failed(task, BROKEN, { now: new Date(), ...LINK }));
  watcher.tell([taskId]);
}

/** Makes a task through the front door and returns its id. */
export async function createTask(api: OpenApi, more: object = {}, key = 'a'): Promise<string> {
  const json = { model: 'flux-2-pro', input: { prompt: 'a paper boat' }, ...more };
  const response = await api.ask('/v1/tasks', { json, key });
  return ((await response.json()) as { data: { taskId: string } }).data.taskId;
}

/** `data` of an answer. */
export const dataOf = async (response: Response): Promise<unknown> =>
  ((await response.json()) as { data: unknown }).data;
