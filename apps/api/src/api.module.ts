import { DeliveryStore } from '@app/callbacks';
import type { Config } from '@app/config';
import { PostgresAuditStore } from '@app/database';
import { OutputLinks, OutputStore } from '@app/outputs';
import { TaskCreator, TaskStore, Vendors } from '@app/tasks';
import { Authenticator, CallbackSecrets, TenantStore } from '@app/tenants';
import { type DynamicModule, Module } from '@nestjs/common';
import { AuditController } from './admin/audit.controller.js';
import { KeyPepper } from './admin/key-pepper.js';
import { TenantsController } from './admin/tenants.controller.js';
import type { ApiParts } from './assemble.js';
import { CallbackSettingsController } from './callbacks/callback-settings.controller.js';
import { DeliveriesController } from './callbacks/deliveries.controller.js';
import { HealthController } from './health/health.controller.js';
import { Health } from './health/health.js';
import { ADMIN_TOKEN } from './http/admin.guard.js';
import { Admission } from './http/admission.js';
import { OutputsController } from './outputs/outputs.controller.js';
import { CallbackUrls } from './tasks/callback-urls.js';
import { ModelsController } from './tasks/models.controller.js';
import { TaskSettings } from './tasks/task-settings.js';
import { TasksController } from './tasks/tasks.controller.js';

@Module({
  controllers: [
    ModelsController,
    TasksController,
    DeliveriesController,
    CallbackSettingsController,
    OutputsController,
    TenantsController,
    AuditController,
    HealthController,
  ],
})
export class ApiModule {
  static with(
    config: Config,
    parts: ApiParts,
    admission: Admission,
    health: Health,
  ): DynamicModule {
    const settings = new TaskSettings(
      config.taskDeadlineSeconds,
      (outputId, expireAt) => parts.links.sign(outputId, expireAt),
      () => parts.poke.poke(),
    );
    return {
      module: ApiModule,
      providers: [
        { provide: Admission, useValue: admission },
        { provide: Health, useValue: health },
        { provide: ADMIN_TOKEN, useValue: config.adminToken },
        { provide: KeyPepper, useValue: new KeyPepper(parts.keyPepper) },
        { provide: TaskSettings, useValue: settings },
        { provide: TaskStore, useValue: parts.tasks },
        { provide: TaskCreator, useValue: parts.creator },
        { provide: Vendors, useValue: parts.vendors },
        { provide: DeliveryStore, useValue: parts.deliveries },
        { provide: OutputStore, useValue: parts.outputs },
        { provide: OutputLinks, useValue: parts.links },
        { provide: CallbackUrls, useValue: parts.callbackUrls },
        { provide: CallbackSecrets, useValue: parts.callbackSecrets },
        { provide: TenantStore, useValue: parts.tenants },
        { provide: Authenticator, useValue: parts.authenticator },
        { provide: PostgresAuditStore, useValue: parts.auditStore },
      ],
    };
  }
}
