import { failedJob } from '../failed-job.js';
import { isAboutContent, withoutProject } from '../google-rpc.js';
import { at, listAt, numberAt, textAt } from '../json.js';
import type { Checked } from '../provider.js';
import type { VendorAnswer } from '../vendor-call.js';
import { isContentCode } from './gemini-error.js';

/**
 * What a status other than `completed` means. A new word is an interaction that still runs: never
 * make the unknown a failure.
 */
export function readUnfinished(status: string, answer: VendorAnswer): Checked {
  const end = ENDS[status];
  if (end === undefined) return { state: 'running' };
  const { code, message } = faultOf(answer.body);
  if (isContentCode(code) || isAboutContent(message)) {
    return failedJob(answer, {
      code: 'CONTENT_REJECTED',
      message: message ?? 'its moderation withheld the film',
      providerCode: code ?? status,
    });
  }
  return failedJob(answer, {
    message: message ?? end.message,
    providerCode: code ?? status,
    retryable: end.retryable,
  });
}

/** `completed`, but neither the answer nor the replayed stream has a film. */
export function readWithoutFilm(answer: VendorAnswer): Checked {
  const { code, message } = faultOf(answer.body);
  const isRefused = isContentCode(code) || isAboutContent(message);
  return failedJob(answer, {
    code: isRefused ? 'CONTENT_REJECTED' : 'TASK_FAILED',
    message: message ?? 'the interaction completed without a film',
    providerCode: code ?? 'completed',
  });
}

interface End {
  readonly message: string;
  readonly retryable: boolean;
}

/** Statuses of npm `@google/genai` 3.1.0 that nothing follows unless the caller does something. */
const ENDS: Readonly<Record<string, End>> = {
  failed: { message: 'the interaction failed without a reason', retryable: true },
  cancelled: { message: 'the interaction was cancelled there', retryable: false },
  incomplete: { message: 'the interaction ended before its film was whole', retryable: true },
  budget_exceeded: { message: 'the interaction passed a budget set there', retryable: false },
  requires_action: { message: 'the interaction waits for an action', retryable: false },
  requires_continuation: { message: 'the interaction waits to be continued', retryable: false },
};

/** `errors` of the interaction, its `error`, or that of a step (google.rpc.Status: a number as code). */
function faultOf(interaction: unknown): {
  readonly code: string | undefined;
  readonly message: string | undefined;
} {
  const faults = [
    ...listAt(interaction, 'errors'),
    at(interaction, 'error'),
    ...listAt(interaction, 'steps').map((step) => at(step, 'error')),
  ];
  const fault = faults.find((one) => codeOf(one) ?? textAt(one, 'message'));
  return { code: codeOf(fault), message: withoutProject(textAt(fault, 'message')) };
}

/** The last part of a code that is a URI. */
function codeOf(fault: unknown): string | undefined {
  const code = textAt(fault, 'code') ?? numberAt(fault, 'code')?.toString();
  return code?.split('/').at(-1);
}
