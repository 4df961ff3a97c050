import type { Order } from '../directions/order.js';
import type { FluxJob } from './flux-body.js';
import { FLUX_MODELS } from './flux-models.js';

/** One job. Its status follows from the clock. */
export interface FluxTask {
  readonly id: string;
  readonly job: FluxJob;
  readonly order: Order;
  /** Unix milliseconds. */
  readonly submittedAt: number;
  readonly ending: 'Ready' | 'Error' | 'Request Moderated' | 'Content Moderated';
  /** Statuses that the first polls show whatever the clock says: `regress`, `unknown-status`. */
  readonly scriptedPolls: string[];
}

/** From which share of the work on a job is in which state. */
const STATES = [
  [0.4, 'Generating'],
  [0.25, 'Reasoning'],
] as const;

export const finishedAt = (task: FluxTask): number => task.submittedAt + task.order.workMs;

/** Pure. */
export function fluxStatus(task: FluxTask, now: number): string {
  if (now >= finishedAt(task)) return task.ending;
  const share = (now - task.submittedAt) / task.order.workMs;
  return STATES.find(([from]) => share >= from)?.[1] ?? 'Pending';
}

/** Pure. The body of a poll, and of a webhook, for a status; `sample` makes the link to the picture. */
export function fluxAnswer(
  task: FluxTask,
  status: string,
  sample: () => string,
): Readonly<Record<string, unknown>> {
  return {
    id: task.id,
    status,
    progress: null,
    details: details(status),
    preview: null,
    result: status === 'Ready' ? result(task, sample()) : null,
  };
}

/** Words when a job was moderated, an object when it broke. */
function details(status: string): unknown {
  if (status === 'Request Moderated') return 'The request was flagged by the safety filter.';
  if (status === 'Content Moderated') return 'The result was flagged by the safety filter.';
  return status === 'Error' ? { error: 'The picture could not be generated.' } : null;
}

function result(
  { job, order, submittedAt }: FluxTask,
  sample: string,
): Readonly<Record<string, unknown>> {
  return {
    sample,
    prompt: job.prompt,
    seed: job.seed,
    start_time: submittedAt / 1000,
    end_time: (submittedAt + order.workMs) / 1000,
    duration: order.workMs / 1000,
  };
}

/** Pure. The price in credits (a US cent each) and the sizes it comes from; every started megapixel counts. */
export function fluxPrice(job: FluxJob): {
  readonly cost: number;
  readonly input_mp: number;
  readonly output_mp: number;
} {
  const { first = 0, further = 0, input = 0 } = FLUX_MODELS[job.model]?.credits ?? {};
  const pixels = job.width * job.height;
  const more = Math.max(0, Math.ceil(pixels / 1024 ** 2) - 1);
  const cost = first + more * further + Math.ceil(job.inputPixels / 1024 ** 2) * input;
  return {
    cost: Number(cost.toFixed(2)),
    input_mp: megapixels(job.inputPixels),
    output_mp: megapixels(pixels),
  };
}

const megapixels = (pixels: number): number => Number((pixels / 1e6).toFixed(2));
