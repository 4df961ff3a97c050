import { randomBytes, randomUUID } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { takeOrder, type Order } from '../directions/order.js';
import { FAULTS } from '../directions/read-directions.js';
import { sendTruncated } from '../directions/send-truncated.js';
import { loseAnswerIfDirected, refuseIfDirected } from '../directions/submit-faults.js';
import { RecentMap } from '../recent-map.js';
import type { SandboxState } from '../state.js';
import { exhausted, internal, invalidArgument, notFound } from './gemini-error.js';
import type { GeminiFiles } from './gemini-files.js';
import { readOmniJob, type OmniJob } from './interaction-body.js';
import { interactionEvents } from './interaction-events.js';
import {
  faultOf,
  filmData,
  filmOf,
  finishedAt,
  interactionAnswer,
  interactionStatus,
  type Interaction,
} from './interaction.js';
import { deliverEvent } from './webhook.js';

const MAX_INTERACTIONS = 50_000;

/** A look answers the film itself, so there is no link to expire and nothing to drip. */
const INTERACTION_FAULTS = FAULTS.filter(
  (name) => name !== 'expired-url' && name !== 'slow-output',
);
const WITHOUT_HOOK = INTERACTION_FAULTS.filter((name) => name !== 'duplicate-hook');

/** Submit, look, replay, cancel, delete, and the webhook at the end. */
export class Interactions {
  private readonly interactions: RecentMap<Interaction>;

  constructor(
    private readonly state: SandboxState,
    private readonly files: GeminiFiles,
  ) {
    this.interactions = new RecentMap(
      MAX_INTERACTIONS,
      (interaction) => finishedAt(interaction) <= state.now(),
    );
  }

  async submit(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const job = readOmniJob(request.body);
    const faults = job.webhook ? INTERACTION_FAULTS : WITHOUT_HOOK;
    const order = takeOrder(this.state, job.prompt, { faults, delayMs: this.state.delayMs });
    refuseIfDirected(order, { busy: exhausted, broken: internal });
    const interaction = this.accept(job, order);
    if (job.webhook) void this.callBack(interaction);
    if (loseAnswerIfDirected(order, reply)) return;
    if (!job.background) await this.state.work(order.workMs);
    if (job.stream) return await this.sendEvents(interaction, request, reply);
    const now = job.background ? this.state.now() : finishedAt(interaction);
    await reply.send(interactionAnswer(interaction, interactionStatus(interaction, now)));
  }

  async look(id: string, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const interaction = this.find(id);
    const isStream = new URLSearchParams(request.url.split('?')[1]).get('stream') === 'true';
    if (isStream) return await this.sendEvents(interaction, request, reply);
    const status =
      interaction.scriptedLooks.shift() ?? interactionStatus(interaction, this.state.now());
    const answer = interactionAnswer(interaction, status);
    if (status === 'completed' && interaction.order.shows('truncated-output')) {
      sendTruncated(reply, 'application/json', Buffer.from(JSON.stringify(answer)));
      return;
    }
    await reply.send(answer);
  }

  cancel(id: string): Readonly<Record<string, unknown>> {
    const interaction = this.find(id);
    const { job } = interaction;
    if (!job.background || finishedAt(interaction) <= this.state.now()) {
      throw invalidArgument('Only background interactions that still run can be cancelled.');
    }
    interaction.cancelledAt = this.state.now();
    if (job.webhook) void this.tell(interaction, 'cancelled');
    return interactionAnswer(interaction, 'cancelled');
  }

  delete(id: string): Readonly<Record<string, never>> {
    this.find(id);
    this.interactions.delete(id);
    return {};
  }

  private find(id: string): Interaction {
    const interaction = this.interactions.get(id);
    if (!interaction) throw notFound(`Interaction ${id}`);
    return interaction;
  }

  private accept(job: OmniJob, order: Order): Interaction {
    const interaction: Interaction = {
      id: `v1_${randomBytes(24).toString('base64url')}`,
      job,
      order,
      fileId: randomUUID().replaceAll('-', '').slice(0, 12),
      submittedAt: this.state.now(),
      cancelledAt: null,
      ...course(order),
    };
    const { id, fileId } = interaction;
    this.interactions.set(id, interaction);
    if (interaction.ending === 'completed') {
      const [recipe, madeAt] = [filmOf(interaction), finishedAt(interaction)];
      this.files.add({ id: fileId, recipe, order, madeAt });
    }
    const { model, prompt } = job;
    this.state.submits.add({ provider: 'gemini', model, vendorId: id, prompt });
    return interaction;
  }

  /** All that happened so far, at once; `delivery` says how the film goes. */
  private async sendEvents(
    interaction: Interaction,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> {
    const { job, fileId } = interaction;
    const now = job.background ? this.state.now() : finishedAt(interaction);
    const status = interactionStatus(interaction, now);
    const film =
      job.format.delivery === 'uri'
        ? { uri: this.files.contentUri(fileId, request) }
        : { data: filmData(interaction) };
    const events = interactionEvents(interaction, status, status === 'completed' ? film : null);
    await reply.type('text/event-stream; charset=utf-8').send(events);
  }

  /** Once the work is done; twice when `duplicate-hook` is directed. */
  private async callBack(interaction: Interaction): Promise<void> {
    try {
      await this.state.work(interaction.order.workMs);
    } catch (error) {
      if (this.state.stopping.aborted) return;
      throw error;
    }
    if (interaction.cancelledAt !== null) return;
    const what = interaction.ending === 'completed' ? 'completed' : 'failed';
    await this.tell(interaction, what);
    if (interaction.order.shows('duplicate-hook')) await this.tell(interaction, what);
  }

  private async tell(interaction: Interaction, what: string): Promise<void> {
    const { webhook } = interaction.job;
    const event = {
      type: `interaction.${what}`,
      version: 'v1',
      timestamp: new Date(this.state.now()).toISOString(),
      data: {
        id: interaction.id,
        user_metadata: webhook?.metadata ?? {},
        ...(what === 'failed' ? { error: faultOf(interaction) } : {}),
      },
    };
    for (const uri of webhook?.uris ?? []) await deliverEvent(this.state, uri, event);
  }
}

function course(order: Order): Pick<Interaction, 'ending' | 'scriptedLooks'> {
  const scriptedLooks = [
    ...(order.shows('regress') ? ['in_progress', 'queued'] : []),
    ...(order.shows('unknown-status') ? ['reheating', 'reheating'] : []),
  ];
  if (order.shows('moderated')) return { ending: 'blocked', scriptedLooks };
  return { ending: order.shows('fail') ? 'failed' : 'completed', scriptedLooks };
}
