import type { Delivery, Lane } from './faulty-upstreams.js';

/**
 * What one fault of an upstream becomes for the caller:
 * - `main`, `spare`: a whole answer of the first target, or of the other.
 * - `raised`: OpenAI's own client raises an error, whatever was said before. A number: with this status.
 * - `filtered`: an answer that says itself that a filter ended it.
 */
export type Verdict = 'main' | 'spare' | 'raised' | 'filtered' | number;
/** Without a fallback, and with one. */
type Pair = readonly [alone: Verdict, spared: Verdict];

/** How an answer is asked for and, by its route, delivered. */
export const WAYS = {
  plain: { streamed: false, delivery: 'live' },
  'plain, complete': { streamed: false, delivery: 'complete' },
  stream: { streamed: true, delivery: 'live' },
  'stream, complete': { streamed: true, delivery: 'complete' },
} as const satisfies Record<string, { readonly streamed: boolean; readonly delivery: Delivery }>;
type Way = keyof typeof WAYS;

type FaultRow = {
  readonly fault: string;
  /** How often the first target is asked; up to the retry budget unless told. */
  readonly asked?: number;
  /** A key rests after it, or its fallback must be another model. */
  readonly own?: true;
} & { readonly [way in Way]?: Pair };

/** The same, streamed and not; what needs a route of its own is not asked for held, too. */
const inBoth = (...pair: Pair): Omit<FaultRow, 'fault'> => ({ plain: pair, stream: pair });

/** The same however it is asked for. */
const always = (...pair: Pair): Omit<FaultRow, 'fault'> => ({
  plain: pair,
  stream: pair,
  'stream, complete': pair,
});

/** After the first byte a live answer can only be broken off; what is held can be asked for anew. */
const onceBegun = {
  stream: ['raised', 'raised'],
  'stream, complete': ['raised', 'spare'],
} as const satisfies Omit<FaultRow, 'fault'>;
const halfWay = {
  ...onceBegun,
  plain: ['raised', 'raised'],
  'plain, complete': ['raised', 'spare'],
} as const satisfies Omit<FaultRow, 'fault'>;

const FAULTS: readonly FaultRow[] = [
  { fault: 'error-429', own: true, ...inBoth(429, 'spare') },
  { fault: 'error-429-retry-after', own: true, ...inBoth(429, 'spare') },
  { fault: 'error-429-retry-after:1', own: true, ...inBoth('main', 'spare') },
  { fault: 'quota', own: true, asked: 1, ...inBoth(429, 'spare') },
  { fault: 'bad-key', own: true, asked: 1, ...inBoth(502, 'spare') },
  { fault: 'error-500', ...always(500, 'spare') },
  { fault: 'error-500:1', ...always('main', 'spare') },
  { fault: 'error-503', ...always(503, 'spare') },
  { fault: 'reset', ...always(502, 'spare') },
  { fault: 'reset-after-accept', plain: [502, 'spare'] },
  { fault: 'hang', asked: 1, ...always(504, 'spare') },
  { fault: 'slow-first-token', ...halfWay, stream: ['raised', 'spare'] },
  { fault: 'truncated-output', ...halfWay },
  { fault: 'stall', ...halfWay },
  { fault: 'fail', ...onceBegun, plain: [500, 'spare'] },
  { fault: 'error-frame', ...onceBegun, stream: ['raised', 'spare'] },
  { fault: 'malformed-frame', ...onceBegun },
  { fault: 'no-finish', ...onceBegun },
  // The finish reason has come: the answer is whole.
  { fault: 'no-done', asked: 1, stream: ['main', 'main'], 'stream, complete': ['main', 'main'] },
  { fault: 'context-length', own: true, asked: 1, ...inBoth(400, 'spare') },
  { fault: 'moderated', asked: 1, ...always(400, 400) },
  { fault: 'content-filter', asked: 1, ...always('filtered', 'filtered') },
];

export interface Case {
  readonly fault: string;
  readonly way: Way;
  readonly spare: boolean;
  readonly verdict: Verdict;
  readonly asked: number | null;
  readonly own: boolean;
}

export const CASES: readonly Case[] = FAULTS.flatMap(
  ({ fault, asked = null, own = false, ...ways }) =>
    (['plain', 'plain, complete', 'stream', 'stream, complete'] as const).flatMap((way) =>
      (ways[way] ?? []).map((verdict, index) => ({
        fault,
        way,
        spare: index === 1,
        verdict,
        asked,
        own,
      })),
    ),
);

/** What is asked of a lane, and of no other: the sandbox counts faults by the prompt. */
export const promptOf = ({ model }: Lane): string => `one two three four five ${model}`;
/** What the sandbox then says. */
export const whole = (lane: Lane): string => `You said: ${promptOf(lane)}`;

/** What the client is to have got in the end. */
export function expectedOf(verdict: Verdict, lane: Lane): object {
  const answer = { said: whole(lane), finish: 'stop', error: null };
  switch (verdict) {
    case 'main':
      return { ...answer, model: lane.model };
    case 'spare':
      return { ...answer, model: lane.spareModel };
    case 'filtered':
      return { said: 'You', finish: 'content_filter', error: null };
    case 'raised':
      return { error: {} };
    default:
      return { said: '', error: { status: verdict } };
  }
}
