import {
  type DeliveryFilter,
  DeliveryStore,
  type DeliverySummary,
  isRedeliverable,
} from '@app/callbacks';
import { GatewayError } from '@app/errors';
import { Injectable } from '@nestjs/common';
import { TaskSettings } from '../tasks/task-settings.js';
import { MOST_REDELIVERED, type RedeliveryRequest } from './delivery-filter.js';
import { refuseDisabled } from './refuse-disabled.js';

/** Sends callbacks again because somebody asks for it: one, or all that match. */
@Injectable()
export class Redelivery {
  constructor(
    private readonly store: DeliveryStore,
    private readonly settings: TaskSettings,
  ) {}

  /**
   * The delivery as it stands then; its state is what it was.
   * @throws GatewayError NOT_FOUND for another tenant's too; INVALID_REQUEST where nothing would be sent
   */
  async one(tenantId: string, deliveryId: string): Promise<DeliverySummary> {
    const found = await this.store.find(tenantId, deliveryId);
    if (!found) throw noDelivery(deliveryId);
    const { delivery } = found;
    if (!isRedeliverable(delivery)) throw refuse(whyNot(delivery));
    await refuseDisabled(this.store, { tenantId, origin: delivery.origin });
    await this.ask({ tenantId, deliveryId }, deliveryId);
    return (await this.store.find(tenantId, deliveryId))?.delivery ?? delivery;
  }

  /**
   * The callback of the task's end. The caller has checked that it has one.
   * @throws GatewayError as `one` does
   */
  async ofTask(tenantId: string, taskId: string): Promise<DeliverySummary> {
    const deliveries = await this.store.findForTask(taskId);
    const end = deliveries.find((delivery) => isRedeliverable(delivery));
    if (!end) throw refuse(`Task ${taskId} has no callback that could be sent again.`);
    return await this.one(tenantId, end.id);
  }

  /** Those of disabled receivers are taken too: workers end them with a note. */
  async matching({ filter, limit, dryRun }: RedeliveryRequest) {
    const matched = await this.store.countRedeliverable(filter, MOST_REDELIVERED);
    const counted = { matched, ...(matched === MOST_REDELIVERED && { matchedIsCapped: true }) };
    if (dryRun) return { ...counted, dryRun };
    const asked = await this.store.redeliver(filter, 'replay', limit);
    if (asked.length > 0) this.settings.wakeWorkers();
    return { ...counted, redelivered: asked.length };
  }

  private async ask(
    filter: DeliveryFilter & { readonly deliveryId: string },
    deliveryId: string,
  ): Promise<void> {
    const asked = await this.store.redeliver(filter, 'manual', 1);
    if (asked.length === 0) throw noDelivery(deliveryId);
    this.settings.wakeWorkers();
  }
}

export const noDelivery = (deliveryId: string): GatewayError =>
  new GatewayError('NOT_FOUND', `No delivery ${deliveryId}.`);

const whyNot = ({ id, event, state }: DeliverySummary): string =>
  state === 'skipped'
    ? `Delivery ${id} was never sent, because something newer was to be told; send the callback of the task’s end again.`
    : `Delivery ${id} (${event}) tells of a change before the end, which is outdated; only callbacks of ends of tasks and tests are sent again.`;

const refuse = (message: string): GatewayError => new GatewayError('INVALID_REQUEST', message);
