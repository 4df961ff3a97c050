import { randomUUID } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { takeOrder, type Order } from '../directions/order.js';
import { FAULTS } from '../directions/read-directions.js';
import { loseAnswerIfDirected, refuseIfDirected } from '../directions/submit-faults.js';
import { RecentMap } from '../recent-map.js';
import type { SandboxState } from '../state.js';
import { broken, busy } from './bfl-error.js';
import { readFluxJob, type FluxJob } from './flux-body.js';
import {
  finishedAt,
  fluxAnswer,
  fluxPrice,
  fluxStatus,
  type FluxModel,
  type FluxTask,
} from './flux-task.js';
import { sampleLink } from './sample-links.js';
import { deliverWebhook } from './webhook.js';

const MAX_TASKS = 5000;

/** Submit, poll and the webhook at the end. */
export class FluxTasks {
  private readonly tasks: RecentMap<FluxTask>;

  constructor(private readonly state: SandboxState) {
    this.tasks = new RecentMap(MAX_TASKS, (task) => finishedAt(task) <= state.now());
  }

  find(id: string): FluxTask | undefined {
    return this.tasks.get(id);
  }

  async submit(model: FluxModel, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const job = readFluxJob(request.body);
    const faults = FAULTS.filter((name) => job.webhookUrl !== null || name !== 'duplicate-hook');
    const order = takeOrder(this.state, job.prompt, { faults, delayMs: this.state.delayMs });
    refuseIfDirected(order, { busy, broken });
    const task = this.accept(model, job, order);
    if (job.webhookUrl !== null) void this.callBack(task, job.webhookUrl, request.host);
    if (loseAnswerIfDirected(order, reply)) return;
    await reply.send({
      id: task.id,
      polling_url: `http://${request.host}/bfl-cluster/v1/get_result?id=${task.id}`,
      ...(job.webhookUrl === null ? {} : { status: 'Pending', webhook_url: job.webhookUrl }),
      ...fluxPrice(model, job),
    });
  }

  poll(id: string, host: string): Readonly<Record<string, unknown>> {
    const task = this.tasks.get(id);
    if (!task) return { id, status: 'Task not found', result: null };
    const status = task.scriptedPolls.shift() ?? fluxStatus(task, this.state.now());
    return fluxAnswer(task, status, () => sampleLink(this.state, host, task));
  }

  private accept(model: FluxModel, job: FluxJob, order: Order): FluxTask {
    const task = { id: randomUUID(), job, order, submittedAt: this.state.now(), ...course(order) };
    this.tasks.set(task.id, task);
    this.state.submits.add({ provider: 'bfl', model, vendorId: task.id, prompt: job.prompt });
    return task;
  }

  /** Once the work is done; twice when `duplicate-hook` is directed. Rejects never: the sandbox stopping ends it. */
  private async callBack(task: FluxTask, url: string, host: string): Promise<void> {
    try {
      await this.state.work(task.order.workMs);
      const answer = fluxAnswer(task, task.ending, () => sampleLink(this.state, host, task));
      const body = JSON.stringify({
        ...answer,
        timestamp: new Date(this.state.now()).toISOString(),
      });
      const webhook = { url, secret: task.job.webhookSecret, body };
      await deliverWebhook(this.state, webhook);
      if (task.order.shows('duplicate-hook')) await deliverWebhook(this.state, webhook);
    } catch (error) {
      if (!this.state.stopping.aborted) throw error;
    }
  }
}

function course(order: Order): Pick<FluxTask, 'ending' | 'scriptedPolls'> {
  const scriptedPolls = [
    ...(order.shows('regress') ? ['Generating', 'Pending'] : []),
    ...(order.shows('unknown-status') ? ['Reheating', 'Reheating'] : []),
  ];
  if (order.shows('moderated')) return { ending: 'Request Moderated', scriptedPolls };
  return { ending: order.shows('fail') ? 'Error' : 'Ready', scriptedPolls };
}
