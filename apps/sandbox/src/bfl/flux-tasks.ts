import { randomUUID } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { takeOrder, type Order } from '../directions/order.js';
import { FAULTS } from '../directions/read-directions.js';
import { loseAnswerIfDirected, refuseIfDirected } from '../directions/submit-faults.js';
import { RecentMap } from '../recent-map.js';
import type { SandboxState } from '../state.js';
import { ActiveJobs } from './active-jobs.js';
import { broken, busy, insufficientCredits } from './bfl-error.js';
import { Credits } from './credits.js';
import { readFluxJob, type FluxJob } from './flux-body.js';
import { finishedAt, fluxAnswer, fluxPrice, fluxStatus, type FluxTask } from './flux-task.js';
import { sampleLink } from './sample-links.js';
import { deliverWebhook } from './webhook.js';

const MAX_TASKS = 50_000;
/** All but that of several results: a job makes one. */
const FLUX_FAULTS = FAULTS.filter((name) => name !== 'moderated-part');

/** Submit, poll and the webhook at the end. */
export class FluxTasks {
  private readonly tasks: RecentMap<FluxTask>;

  private readonly active: ActiveJobs;
  /** What each key has left. */
  readonly credits: Credits;

  constructor(private readonly state: SandboxState) {
    this.credits = new Credits(state.bflCredits);
    this.active = new ActiveJobs(state.bflMaxActive);
    this.tasks = new RecentMap(MAX_TASKS, (task) => finishedAt(task) <= state.now());
  }

  find(id: string): FluxTask | undefined {
    return this.tasks.get(id);
  }

  async submit(
    { model, key }: { readonly model: string; readonly key: string },
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> {
    const job = readFluxJob(model, request.body);
    const faults = FLUX_FAULTS.filter(
      (name) => job.webhookUrl !== null || name !== 'duplicate-hook',
    );
    const order = takeOrder(this.state, job.prompt, { faults, delayMs: this.state.delayMs });
    refuseIfDirected(order, { busy, broken });
    if (!this.active.mayBegin(key, this.state.now())) throw busy(null);
    const price = fluxPrice(job);
    if (!this.credits.spend(key, price.cost)) throw insufficientCredits();
    const task = this.accept(job, order);
    this.active.begin(key, finishedAt(task));
    if (job.webhookUrl !== null) void this.callBack(task, job.webhookUrl, request.host);
    if (loseAnswerIfDirected(order, reply)) return;
    // `AsyncResponse` or `AsyncWebhookResponse` of the vendor's specification.
    const pollingUrl = `http://${request.host}/bfl-cluster/v1/get_result?id=${task.id}`;
    await reply.send({
      id: task.id,
      ...(job.webhookUrl === null
        ? { polling_url: pollingUrl }
        : { status: 'Pending', webhook_url: job.webhookUrl }),
      ...price,
    });
  }

  /** Whether the vendor's general address knows it: where the answer to its submit named no other. */
  isKnownEverywhere(id: string): boolean {
    return this.tasks.get(id)?.job.webhookUrl !== null;
  }

  poll(id: string, host: string): Readonly<Record<string, unknown>> {
    const task = this.tasks.get(id);
    if (!task) return { id, status: 'Task not found', result: null };
    const status = task.scriptedPolls.shift() ?? fluxStatus(task, this.state.now());
    return fluxAnswer(task, status, () => sampleLink(this.state, host, task));
  }

  private accept(job: FluxJob, order: Order): FluxTask {
    const course = courseOf(job, order);
    const task = { id: randomUUID(), job, order, submittedAt: this.state.now(), ...course };
    this.tasks.set(task.id, task);
    const { model, prompt } = job;
    this.state.submits.add({ provider: 'bfl', model, vendorId: task.id, prompt });
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

/** What is moderated is the request, or the picture that was made of others. */
function courseOf({ pictures }: FluxJob, order: Order): Pick<FluxTask, 'ending' | 'scriptedPolls'> {
  const scriptedPolls = [
    ...(order.shows('regress') ? ['Generating', 'Pending'] : []),
    ...(order.shows('unknown-status') ? ['Reheating', 'Reheating'] : []),
  ];
  if (order.shows('moderated')) {
    return { ending: pictures > 0 ? 'Content Moderated' : 'Request Moderated', scriptedPolls };
  }
  return { ending: order.shows('fail') ? 'Error' : 'Ready', scriptedPolls };
}
