import type { Order } from '../directions/order.js';
import { render, type Recipe } from '../media/render.js';
import { HTML_PAGE } from '../media/send-media.js';
import type { OmniJob } from './interaction-body.js';

/** One interaction. Its status follows from the clock. */
export interface Interaction {
  readonly id: string;
  readonly job: OmniJob;
  readonly order: Order;
  /** Of the film, in the Files API. */
  readonly fileId: string;
  /** Unix milliseconds. */
  readonly submittedAt: number;
  readonly ending: 'completed' | 'failed' | 'blocked';
  /** Statuses that the first looks show whatever the clock says: `regress`, `unknown-status`. */
  readonly scriptedLooks: string[];
  cancelledAt: number | null;
}

const QUEUE_SHARE = 0.25;

export const finishedAt = ({ submittedAt, order, cancelledAt }: Interaction): number =>
  cancelledAt ?? submittedAt + order.workMs;

/** Pure. */
export function interactionStatus(interaction: Interaction, now: number): string {
  if (interaction.cancelledAt !== null) return 'cancelled';
  if (now >= finishedAt(interaction)) {
    return interaction.ending === 'completed' ? 'completed' : 'failed';
  }
  const isQueued = now < interaction.submittedAt + interaction.order.workMs * QUEUE_SHARE;
  return isQueued ? 'queued' : 'in_progress';
}

/** Pure. The film, drawn when somebody fetches it. */
export function filmOf({ job, order, id }: Interaction): Recipe {
  const { aspectRatio, seconds } = job.format;
  // What the pictures are for is no part of what is to be seen.
  const text = order.text.replaceAll(/\[# [^\]]*\]/g, '').trim() || id;
  return { kind: 'movie', aspectRatio, seconds, text };
}

/**
 * What a look answers. The film is inline whatever delivery was asked for; its address is in the
 * stream alone (https://ai.google.dev/gemini-api/docs/omni).
 */
export function interactionAnswer(
  interaction: Interaction,
  status: string,
): Readonly<Record<string, unknown>> {
  return {
    ...interactionHead(interaction, status),
    response_format: formatOf(interaction.job),
    ...(status === 'completed'
      ? {
          steps: stepsOf(interaction, { data: filmData(interaction) }),
          usage: usageOf(interaction),
        }
      : {}),
    ...(status === 'failed' ? { errors: [faultOf(interaction)] } : {}),
  };
}

export function interactionHead(
  { id, job, submittedAt }: Interaction,
  status: string,
): Readonly<Record<string, unknown>> {
  const created = new Date(submittedAt).toISOString();
  return { id, object: 'interaction', status, model: job.model, created, updated: created };
}

/** The part of an output that is the film: inline, or by its address. */
export type FilmPart = { readonly data: string } | { readonly uri: string };

function stepsOf({ job }: Interaction, film: FilmPart): readonly unknown[] {
  return [
    { type: 'user_input', content: job.input },
    { type: 'thought', signature: 'c2FuZGJveA==' },
    { type: 'model_output', content: [{ type: 'video', mime_type: 'video/mp4', ...film }] },
  ];
}

export function filmData(interaction: Interaction): string {
  const isHtml = interaction.order.shows('html-output');
  return (isHtml ? Buffer.from(HTML_PAGE) : render(filmOf(interaction))).toString('base64');
}

const formatOf = ({ format }: OmniJob) => ({
  type: 'video',
  delivery: format.delivery,
  aspect_ratio: format.aspectRatio,
  resolution: format.resolution,
  duration: `${format.seconds}s`,
});

export const faultOf = ({ ending }: Interaction) =>
  ending === 'blocked'
    ? { code: 'content_blocked', message: 'The video was blocked by the content filter.' }
    : { code: 'internal', message: 'The video could not be generated.' };

const TOKENS_PER_SECOND = 5792;

export function usageOf({ job }: Interaction): Readonly<Record<string, unknown>> {
  const tokens = job.format.seconds * TOKENS_PER_SECOND;
  const tokensIn = Math.ceil(job.prompt.length / 4);
  return {
    total_input_tokens: tokensIn,
    total_output_tokens: tokens,
    total_tokens: tokensIn + tokens,
    output_tokens_by_modality: [{ modality: 'video', tokens }],
  };
}
