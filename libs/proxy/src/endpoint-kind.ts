/**
 * What a call of the pass-through is to policy and money. `free`: it costs nothing and names no model,
 * so no rule needs its body. `text`: it generates text, so a maximum of tokens can be asked of
 * it. `other`: it may cost, by what its body says. `deferred`: what it starts is paid for outside of
 * this call, where nobody here sees it.
 */
export type EndpointKind =
  | { readonly kind: 'free' | 'other' | 'deferred' }
  | {
      readonly kind: 'text';
      /** The fields that this endpoint takes for a maximum; the first is the one to send. */
      readonly maxTokensFields: readonly [string, ...string[]];
    };

/**
 * By method and the decoded parts of the path below `/v1`
 * (https://platform.openai.com/docs/api-reference). Whatever is not known may cost and generate text.
 */
export function endpointKind(method: string, segments: readonly string[]): EndpointKind {
  if (READS.has(method)) return { kind: 'free' };
  const path = segments.map((segment) => segment.toLowerCase());
  const [, kind] = ENDPOINTS.find(([pattern]) => isAt(path, pattern)) ?? UNKNOWN;
  return typeof kind === 'string' ? { kind } : { kind: 'text', maxTokensFields: kind };
}

/** A DELETE takes away; nothing is generated for it. */
const READS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'DELETE']);

const CHAT = ['max_completion_tokens', 'max_tokens'] as const;
const RESPONSES = ['max_output_tokens'] as const;
const ANY = ['max_tokens', 'max_completion_tokens', 'max_output_tokens'] as const;

type Row = readonly [
  pattern: string,
  kind: 'free' | 'other' | 'deferred' | readonly [string, ...string[]],
];

const UNKNOWN: Row = ['**', ANY];

/** The first that fits; `*` is one part of the path, `**` any number of them. */
const ENDPOINTS: readonly Row[] = [
  ['chat/completions', CHAT],
  // Changes what is noted of a stored one.
  ['chat/completions/*', 'free'],
  ['completions', ['max_tokens']],
  ['responses', RESPONSES],
  ['responses/compact', RESPONSES],
  ['responses/input_tokens', 'other'],
  ['responses/*/cancel', 'free'],
  ['conversations/**', 'free'],
  ['embeddings', 'other'],
  ['moderations', 'other'],
  ['images/**', 'other'],
  ['audio/**', 'other'],
  ['videos/**', 'other'],
  ['files', 'free'],
  ['uploads/**', 'free'],
  ['vector_stores/**', 'free'],
  ['containers/**', 'other'],
  ['batches/*/cancel', 'free'],
  ['batches/**', 'deferred'],
  ['fine_tuning/jobs/*/cancel', 'free'],
  ['fine_tuning/jobs/*/pause', 'free'],
  ['fine_tuning/checkpoints/**', 'free'],
  ['fine_tuning/**', 'deferred'],
  ['evals/*/runs/*', 'free'],
  ['evals/**', 'deferred'],
  // Keys for callers to go to the upstream by themselves, and calls that it takes from elsewhere.
  ['realtime/**', 'deferred'],
  ['chatkit/sessions/*/cancel', 'free'],
  ['chatkit/**', 'deferred'],
  ['assistants/**', 'other'],
  ['threads/runs', CHAT],
  ['threads', 'free'],
  ['threads/*', 'free'],
  ['threads/*/messages/**', 'free'],
  ['threads/*/runs', CHAT],
  ['threads/*/runs/*', 'free'],
  ['threads/*/runs/*/cancel', 'free'],
  // Goes on with the model and the maximum of the run.
  ['threads/*/runs/*/submit_tool_outputs', 'deferred'],
];

function isAt(path: readonly string[], pattern: string): boolean {
  const parts = pattern.split('/');
  const isOpen = parts.at(-1) === '**';
  const fixed = isOpen ? parts.slice(0, -1) : parts;
  if (isOpen ? path.length < fixed.length : path.length !== fixed.length) return false;
  return fixed.every((part, at) => part === '*' || part === path[at]);
}
