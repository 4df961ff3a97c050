import type { Order } from '../directions/order.js';
import type { FluxJob } from './flux-body.js';

/** One job. Its status follows from the clock. */
export interface FluxTask {
  readonly id: string;
  readonly job: FluxJob;
  readonly order: Order;
  /** Unix milliseconds. */
  readonly submittedAt: number;
  readonly ending: 'Ready' | 'Error' | 'Request Moderated';
  /** Statuses that the first polls show whatever the clock says: `regress`, `unknown-status`. */
  readonly scriptedPolls: string[];
}

const QUEUE_SHARE = 0.25;

export const finishedAt = (task: FluxTask): number => task.submittedAt + task.order.workMs;

/** Pure. */
export function fluxStatus(task: FluxTask, now: number): string {
  if (now >= finishedAt(task)) return task.ending;
  return now < task.submittedAt + task.order.workMs * QUEUE_SHARE ? 'Pending' : 'Generating';
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

const FIRST_MEGAPIXEL = { 'flux-2-pro': 3, 'flux-2-max': 7 } as const;
const NEXT_MEGAPIXEL = { 'flux-2-pro': 1.5, 'flux-2-max': 3 } as const;
export type FluxModel = keyof typeof FIRST_MEGAPIXEL;
export const FLUX_MODELS = ['flux-2-pro', 'flux-2-max'] as const satisfies readonly FluxModel[];

/** Pure. The price in credits (a US cent each) and the sizes it comes from; every started megapixel counts. */
export function fluxPrice(model: FluxModel, job: FluxJob): Readonly<Record<string, number>> {
  const pixels = job.width * job.height;
  const further = Math.max(0, Math.ceil(pixels / 1024 ** 2) - 1);
  return {
    cost: FIRST_MEGAPIXEL[model] + further * NEXT_MEGAPIXEL[model],
    input_mp: 0,
    output_mp: Number((pixels / 1e6).toFixed(2)),
  };
}
