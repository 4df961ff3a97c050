import { AlertStore, DeliveryStore } from '@app/callbacks';
import type { Config } from '@app/config';
import { PostgresAuditStore } from '@app/database';
import { InputLinks, OutputLinks, OutputStore } from '@app/outputs';
import { AccountPool, Catalog } from '@app/providers';
import { Routing, RoutingStore, RoutingWatch, TargetHealth, UpstreamAccounts } from '@app/proxy';
import type { Logger } from '@app/observability';
import { PriceStore, PriceWatch } from '@app/prices';
import {
  InputIntake,
  InputKeeper,
  InputStore,
  CancelTask,
  TaskCreator,
  TaskStore,
  VendorHooks,
  VendorOverview,
  Vendors,
  WorkQueues,
} from '@app/tasks';
import {
  AdminActionStore,
  AdminAuthenticator,
  AdminStore,
  Authenticator,
  CallbackSecrets,
  Confirmations,
  LedgerStore,
  Limiter,
  PlanStore,
  TenantErasureStore,
  TenantStore,
  UsageStore,
} from '@app/tenants';
import { type DynamicModule, Module } from '@nestjs/common';
import { AdminActionsController } from './admin/admin-actions.controller.js';
import { AdminTasksController } from './admin/admin-tasks.controller.js';
import { AdminsController } from './admin/admins.controller.js';
import { AlertsController } from './admin/alerts/alerts.controller.js';
import { CallbackReceiversController } from './admin/callback-receivers.controller.js';
import { AdminDeliveriesController } from './admin/deliveries.controller.js';
import { AdminUsageController } from './admin/admin-usage.controller.js';
import { AuditController } from './admin/audit.controller.js';
import { PricesController } from './admin/prices.controller.js';
import { CredentialsController } from './admin/credentials.controller.js';
import { KeyPepper } from './admin/key-pepper.js';
import { PlansController } from './admin/plans.controller.js';
import { RoutesController } from './admin/routing/routes.controller.js';
import { RouteChanges } from './admin/routing/route-changes.js';
import { UpstreamChanges } from './admin/routing/upstream-changes.js';
import { UpstreamsController } from './admin/routing/upstreams.controller.js';
import { QueuesController } from './admin/queues.controller.js';
import { ProvidersController } from './admin/providers.controller.js';
import { TaskRetry } from './admin/task-retry.js';
import { TenantErasureController } from './admin/tenant-erasure.controller.js';
import { TenantKeysController } from './admin/tenant-keys.controller.js';
import { TenantsController } from './admin/tenants.controller.js';
import { UpstreamCredentials } from './admin/upstream-credentials.js';
import type { ApiParts } from './assemble.js';
import { CallbackKeysController } from './callbacks/callback-keys.controller.js';
import { CallbackKeys } from './callbacks/callback-keys.js';
import { CallbackSecretController } from './callbacks/callback-secret.controller.js';
import { CallbackUrlsController } from './callbacks/callback-urls.controller.js';
import { CallbackTests } from './callbacks/callback-tests.js';
import { CallbackTestsController } from './callbacks/callback-tests.controller.js';
import { DeliveriesController } from './callbacks/deliveries.controller.js';
import { DeliveryListController } from './callbacks/delivery-list.controller.js';
import { ReceiversController } from './callbacks/receivers.controller.js';
import { Receivers } from './callbacks/receivers.js';
import { Redelivery } from './callbacks/redelivery.js';
import { HealthController } from './health/health.controller.js';
import { Health } from './health/health.js';
import { VendorHooksController } from './hooks/vendor-hooks.controller.js';
import { AdminAdmission } from './http/admin-admission.js';
import { AdminTrail } from './http/admin-trail.js';
import { Admission } from './http/admission.js';
import { OpenCalls } from './http/open-calls.js';
import { RequestLimits } from './http/request-limits.js';
import { InputFilesController } from './inputs/input-files.controller.js';
import { InputsController } from './inputs/inputs.controller.js';
import { UploadLimit } from './inputs/upload-limit.js';
import { ImageRuns } from './openai/image-runs.js';
import { ImagesController } from './openai/images.controller.js';
import { ModelsListController } from './openai/models-list.controller.js';
import { RequestReader } from './openai/read-request.js';
import { SharedPath } from './openai/shared-path.js';
import { TaskCreation } from './openai/task-creation.js';
import { TaskEnd } from './openai/task-end.js';
import { UpstreamModels } from './openai/upstream-models.js';
import { VideoList } from './openai/video-list.js';
import { VideosController } from './openai/videos.controller.js';
import { OutputsController } from './outputs/outputs.controller.js';
import { PassThroughRoute } from './pass-through/pass-through.route.js';
import { UsageController } from './reports/usage.controller.js';
import { BatchController } from './tasks/batch.controller.js';
import { CallbackUrls } from './tasks/callback-urls.js';
import { EraseTask } from './tasks/erase-task.js';
import { ModelsController } from './tasks/models.controller.js';
import { QuoteController } from './tasks/quote.controller.js';
import { TaskActionsController } from './tasks/task-actions.controller.js';
import { TaskBatch } from './tasks/task-batch.js';
import { TaskEventsController } from './tasks/task-events.controller.js';
import { TaskEvents } from './tasks/task-events.js';
import { TaskIntake } from './tasks/task-intake.js';
import { TaskLimits } from './tasks/task-limits.js';
import { TaskListController } from './tasks/task-list.controller.js';
import { TaskReader } from './tasks/task-reader.js';
import { TaskSettings } from './tasks/task-settings.js';
import { TaskWatcher } from './tasks/task-watcher.js';
import { TasksController } from './tasks/tasks.controller.js';

@Module({
  controllers: [
    ModelsController,
    BatchController,
    QuoteController,
    TaskListController,
    TasksController,
    TaskEventsController,
    TaskActionsController,
    DeliveriesController,
    DeliveryListController,
    CallbackTestsController,
    ReceiversController,
    CallbackSecretController,
    CallbackUrlsController,
    CallbackKeysController,
    OutputsController,
    InputsController,
    InputFilesController,
    ImagesController,
    VideosController,
    ModelsListController,
    VendorHooksController,
    TenantsController,
    TenantErasureController,
    TenantKeysController,
    PlansController,
    AdminTasksController,
    AdminDeliveriesController,
    CallbackReceiversController,
    CredentialsController,
    ProvidersController,
    UpstreamsController,
    RoutesController,
    AlertsController,
    QueuesController,
    AuditController,
    AdminsController,
    AdminActionsController,
    AdminUsageController,
    UsageController,
    PricesController,
    HealthController,
  ],
})
export class ApiModule {
  static with(
    config: Config,
    parts: ApiParts,
    admission: Admission,
    { health, logger, passThrough, admins, adminTrail }: ModuleParts,
  ): DynamicModule {
    const settings = new TaskSettings(
      config.taskDeadlineSeconds,
      (outputId, expireAt) => parts.links.sign(outputId, expireAt),
      () => parts.poke.poke(),
      (thrown, requestId) => logger.error({ err: thrown, requestId }, 'unexpected error'),
    );
    return {
      module: ApiModule,
      providers: [
        { provide: Admission, useValue: admission },
        { provide: Health, useValue: health },
        { provide: PassThroughRoute, useValue: passThrough },
        { provide: UpstreamModels, useValue: new UpstreamModels(parts.passThrough, logger) },
        { provide: AdminAdmission, useValue: admins },
        { provide: AdminTrail, useValue: adminTrail },
        { provide: AdminAuthenticator, useValue: parts.admins },
        { provide: AdminStore, useValue: parts.adminStore },
        { provide: TenantErasureStore, useValue: parts.erasure },
        { provide: AdminActionStore, useValue: parts.adminActions },
        { provide: KeyPepper, useValue: new KeyPepper(parts.keyPepper) },
        { provide: TaskSettings, useValue: settings },
        { provide: TaskStore, useValue: parts.tasks },
        { provide: TaskCreator, useValue: parts.creator },
        { provide: CancelTask, useValue: parts.cancellation },
        { provide: TaskWatcher, useValue: parts.watcher },
        { provide: VendorHooks, useValue: parts.vendorHooks },
        { provide: Vendors, useValue: parts.vendors },
        { provide: Catalog, useValue: parts.catalog },
        { provide: AccountPool, useValue: parts.accounts },
        { provide: UpstreamAccounts, useValue: parts.upstreamAccounts },
        { provide: Routing, useValue: parts.routing },
        { provide: RoutingStore, useValue: parts.routingStore },
        { provide: RoutingWatch, useValue: parts.routingWatch },
        { provide: TargetHealth, useValue: parts.targetHealth },
        { provide: UpstreamChanges, useValue: parts.upstreamChanges },
        RouteChanges,
        { provide: UpstreamCredentials, useValue: parts.upstreamCredentials },
        { provide: VendorOverview, useValue: parts.vendorOverview },
        { provide: WorkQueues, useValue: parts.workQueues },
        { provide: AlertStore, useValue: parts.alerts },
        { provide: DeliveryStore, useValue: parts.deliveries },
        { provide: OutputStore, useValue: parts.outputs },
        { provide: InputKeeper, useValue: parts.inputKeeper },
        { provide: InputIntake, useValue: parts.inputIntake },
        { provide: UploadLimit, useValue: new UploadLimit(config.bodyLimitBytes.tasks) },
        { provide: OutputLinks, useValue: parts.links },
        { provide: InputLinks, useValue: parts.inputLinks },
        { provide: InputStore, useValue: parts.inputs },
        { provide: CallbackUrls, useValue: parts.callbackUrls },
        { provide: CallbackTests, useValue: callbackTests(config, parts) },
        { provide: Receivers, useValue: receivers(config, parts) },
        Redelivery,
        { provide: CallbackSecrets, useValue: parts.callbackSecrets },
        { provide: CallbackKeys, useValue: parts.callbackKeys },
        { provide: TenantStore, useValue: parts.tenants },
        { provide: PlanStore, useValue: parts.plans },
        { provide: Authenticator, useValue: parts.authenticator },
        { provide: LedgerStore, useValue: parts.ledger },
        { provide: OpenCalls, useValue: parts.calls },
        { provide: Limiter, useValue: parts.limiter },
        { provide: Confirmations, useValue: parts.confirmations },
        RequestLimits,
        TaskLimits,
        { provide: PostgresAuditStore, useValue: parts.auditStore },
        { provide: UsageStore, useValue: parts.usage },
        { provide: PriceStore, useValue: parts.prices },
        { provide: PriceWatch, useValue: parts.priceWatch },
        TaskIntake,
        TaskReader,
        TaskEvents,
        TaskBatch,
        EraseTask,
        SharedPath,
        RequestReader,
        TaskCreation,
        TaskEnd,
        ImageRuns,
        VideoList,
        TaskRetry,
      ],
    };
  }
}

/** An attempt begins within moments of being asked for; these are for a worker that is busy. */
const BEGIN_MS = 2_000;

const callbackTests = (config: Config, { deliveries, callbackUrls, poke }: ApiParts) =>
  new CallbackTests(deliveries, callbackUrls, {
    waitMs: config.callbackTimeoutMs + BEGIN_MS,
    wakeWorkers: () => poke.poke(),
  });

const receivers = (config: Config, { deliveries, poke }: ApiParts) =>
  new Receivers(deliveries, {
    atOnce: config.callbackReceiverConcurrency,
    wakeWorkers: () => poke.poke(),
  });

interface ModuleParts {
  readonly health: Health;
  readonly logger: Logger;
  readonly passThrough: PassThroughRoute;
  readonly admins: AdminAdmission;
  readonly adminTrail: AdminTrail;
}
