import type { Order } from '../directions/order.js';
import type { Fault } from '../directions/read-directions.js';
import { SUBMIT_FAULTS } from '../directions/submit-faults.js';
import {
  contentFiltered,
  contextTooLong,
  keyRefused,
  noPrefill,
  overloaded,
  type OpenAiError,
} from './openai-error.js';
import { insufficientQuota } from './refuse-account.js';

/** Refusals of which nothing ran. `prefill-refused` besides: it depends on the messages. */
const REFUSALS = [
  ['error-503', overloaded],
  ['quota', insufficientQuota],
  ['bad-key', () => keyRefused('sk-no…')],
  ['context-length', contextTooLong],
  ['moderated', contentFiltered],
] as const satisfies readonly (readonly [Fault, () => OpenAiError])[];

/** What every answer in text can show. */
const IN_ALL = [
  ...SUBMIT_FAULTS,
  ...REFUSALS.map(([name]) => name),
  'reset',
  'slow-first-token',
  'stall',
  'truncated-output',
  'fail',
] as const satisfies readonly Fault[];
const IN_SPEECH = ['content-filter', 'prefill-refused'] as const satisfies readonly Fault[];
const IN_STREAMS = [
  'error-frame',
  'malformed-frame',
  'no-finish',
] as const satisfies readonly Fault[];

/** Faults that some call answering with text can show. */
export const LANGUAGE_FAULTS: readonly Fault[] = [
  ...IN_ALL,
  ...IN_SPEECH,
  ...IN_STREAMS,
  'no-done',
];

/** Faults that one such call can show. `endsWithDone`: its stream would end with `[DONE]`. */
export function languageFaults(call: {
  readonly speaks: boolean;
  readonly streams: boolean;
  readonly endsWithDone: boolean;
}): readonly Fault[] {
  const { speaks, streams, endsWithDone } = call;
  return [
    ...IN_ALL,
    ...(speaks ? IN_SPEECH : []),
    ...(streams ? IN_STREAMS : []),
    ...(streams && endsWithDone ? (['no-done'] as const) : []),
  ];
}

/** @throws OpenAiError as directed; nothing was counted yet. `prefilled`: the last message is an assistant's. */
export function refuseLanguage(order: Order, prefilled: boolean): void {
  for (const [name, refusal] of REFUSALS) if (order.shows(name)) throw refusal();
  if (prefilled && order.shows('prefill-refused')) throw noPrefill();
}
