import { randomUUID } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { takeOrder, type Order } from '../directions/order.js';
import { loseAnswerIfDirected, refuseIfDirected } from '../directions/submit-faults.js';
import { FAULTS } from '../directions/read-directions.js';
import { numbered } from '../media/numbered.js';
import { RecentMap } from '../recent-map.js';
import type { SandboxState } from '../state.js';
import { exhausted, internal, notFound } from './gemini-error.js';
import type { GeminiFiles } from './gemini-files.js';
import { readVeoPreviewJob, type VeoPreviewJob } from './veo-preview-body.js';

interface Operation {
  readonly name: string;
  readonly job: VeoPreviewJob;
  readonly order: Order;
  readonly fileIds: readonly string[];
  /** Unix milliseconds. */
  readonly doneAt: number;
  readonly ending: 'films' | 'error' | 'filtered';
}

/** An operation has no status but `done`, and calls nobody back. */
const OPERATION_FAULTS = FAULTS.filter(
  (name) => !['regress', 'unknown-status', 'duplicate-hook'].includes(name),
);
const MAX_OPERATIONS = 50_000;
const INTERNAL_CODE = 13;
const RESPONSE_TYPE =
  'type.googleapis.com/google.ai.generativelanguage.v1beta.PredictLongRunningResponse';

/** Veo as the Gemini API served it, and compatible hosts still do. */
export class VeoPreviews {
  private readonly operations: RecentMap<Operation>;

  constructor(
    private readonly state: SandboxState,
    private readonly files: GeminiFiles,
  ) {
    this.operations = new RecentMap(MAX_OPERATIONS, ({ doneAt }) => doneAt <= state.now());
  }

  async submit(model: string, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const job = readVeoPreviewJob(request.body, model);
    const order = takeOrder(this.state, job.prompt, {
      faults: OPERATION_FAULTS,
      delayMs: this.state.delayMs,
    });
    refuseIfDirected(order, { busy: exhausted, broken: internal });
    const name = `models/${model}/operations/${randomUUID().replaceAll('-', '').slice(0, 12)}`;
    const doneAt = this.state.now() + order.workMs;
    const ending = endingOf(order);
    const fileIds = ending === 'films' ? this.addFilms(job, order, { name, doneAt }) : [];
    this.operations.set(name, { name, job, order, fileIds, doneAt, ending });
    this.state.submits.add({ provider: 'gemini', model, vendorId: name, prompt: job.prompt });
    if (loseAnswerIfDirected(order, reply)) return;
    await reply.send({ name });
  }

  /** `done` is absent while the operation runs. */
  look(name: string, request: FastifyRequest): Readonly<Record<string, unknown>> {
    const operation = this.operations.get(name);
    if (!operation) throw notFound(`Operation ${name}`);
    if (this.state.now() < operation.doneAt) return { name };
    if (operation.ending === 'error') {
      const error = { code: INTERNAL_CODE, message: 'Video generation failed.', details: [] };
      return { name, done: true, error };
    }
    const generateVideoResponse =
      operation.ending === 'filtered' ? filtered(operation) : this.samples(operation, request);
    return { name, done: true, response: { '@type': RESPONSE_TYPE, generateVideoResponse } };
  }

  private addFilms(
    { seconds, aspectRatio, sampleCount }: VeoPreviewJob,
    order: Order,
    { name, doneAt: madeAt }: Pick<Operation, 'name' | 'doneAt'>,
  ): readonly string[] {
    return numbered(order.text || name, sampleCount).map((text) => {
      const id = randomUUID().replaceAll('-', '').slice(0, 12);
      const recipe = { kind: 'movie', aspectRatio, seconds, text } as const;
      this.files.add({ id, recipe, order, madeAt });
      return id;
    });
  }

  private samples({ fileIds }: Operation, request: FastifyRequest) {
    return {
      generatedSamples: fileIds.map((id) => ({
        video: { uri: this.files.contentUri(id, request) },
      })),
    };
  }
}

const filtered = ({ job }: Operation) => ({
  raiMediaFilteredCount: job.sampleCount,
  raiMediaFilteredReasons: [
    'Veo could not generate videos because the input violates usage guidelines. Support codes: 58061214',
  ],
});

function endingOf(order: Order): Operation['ending'] {
  if (order.shows('moderated')) return 'filtered';
  return order.shows('fail') ? 'error' : 'films';
}
