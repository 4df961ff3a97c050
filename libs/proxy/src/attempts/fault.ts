/**
 * What can be wrong with one attempt, by what may follow:
 * - `unreachable`: no connection, nothing was sent.
 * - `rate-limited`, `quota`, `bad-key`: the upstream refused this key; nothing was done.
 * - `unavailable`: 503 or 529, nothing was done.
 * - `server-error`: another 5xx; it may have been done.
 * - `broken`: the connection broke before the head; it may have been done.
 * - `silent`: no head, or no first event, in time; it may have been done.
 * - `malformed`: the first event of the stream is none.
 * - `failed`: the stream began with an error.
 * - `cut`, `stalled`: the answer began and did not end; it was done, at least in part.
 * - `context-length`: the request is too long for this model.
 * - `moderated`: a refusal by the upstream's policy or content filter.
 * - `refused`: another 4xx: the upstream does not take this request.
 */
export type FaultKind =
  | 'unreachable'
  | 'rate-limited'
  | 'quota'
  | 'bad-key'
  | 'unavailable'
  | 'server-error'
  | 'broken'
  | 'silent'
  | 'malformed'
  | 'failed'
  | 'cut'
  | 'stalled'
  | 'context-length'
  | 'moderated'
  | 'refused';

/** What an upstream says of its error (`error.code`, `error.type`, `error.message`). */
export interface UpstreamErrorBody {
  readonly code: string | null;
  readonly type: string | null;
  readonly message: string | null;
}

const NOTHING_SAID: UpstreamErrorBody = { code: null, type: null, message: null };

/** Null: the answer is none of an error, or says nothing of a kind that matters to us. Pure. */
export function faultOfAnswer(status: number, body: Buffer): FaultKind | null {
  if (status < 400) return null;
  return faultOfError(status, readErrorBody(body));
}

/** By status and by what the error says of itself, as far as upstreams agree on it. Pure. */
export function faultOfError(status: number | null, error: UpstreamErrorBody): FaultKind {
  const said = `${error.code ?? ''} ${error.type ?? ''}`.toLowerCase();
  if (isModeration(said)) return 'moderated';
  if (isContextLength(said, error.message ?? '')) return 'context-length';
  if (said.includes('insufficient_quota') || said.includes('billing')) return 'quota';
  switch (status) {
    case 401:
      return 'bad-key';
    case 429:
      return 'rate-limited';
    case 503:
    case 529:
      return 'unavailable';
    case null:
      return said.includes('rate_limit') ? 'rate-limited' : 'failed';
    default:
      return status >= 500 ? 'server-error' : 'refused';
  }
}

/** OpenAI, Azure OpenAI (`content_filter`) and what calls itself compatible. */
const isModeration = (said: string): boolean =>
  /content_filter|content_policy|moderation|responsibleaipolicy|safety|usage_policy/.test(said);

/** Some say it in the message only (vLLM, Azure OpenAI's older models). */
const isContextLength = (said: string, message: string): boolean =>
  /context_length|context_window|string_above_max_length|request_too_large/.test(said) ||
  /maximum context length|context window|prompt is too long/i.test(message);

/** Of an error's body in OpenAI's shape; absent fields are null. Never throws. */
export function readErrorBody(body: Buffer): UpstreamErrorBody {
  try {
    return errorFields(JSON.parse(body.toString('utf8')));
  } catch {
    return NOTHING_SAID;
  }
}

function errorFields(value: unknown): UpstreamErrorBody {
  const error = fieldOf(value, 'error') ?? value;
  // Azure puts the filter's word one level deeper.
  const inner = fieldOf(fieldOf(error, 'innererror'), 'code');
  return {
    code: textOf(inner) ?? textOf(fieldOf(error, 'code')),
    type: textOf(fieldOf(error, 'type')),
    message: typeof error === 'string' ? error : textOf(fieldOf(error, 'message')),
  };
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** Whether the upstream may have been paid for such an attempt. */
export const mayHaveRun = (kind: FaultKind): boolean => MAY_HAVE_RUN.has(kind);

const MAY_HAVE_RUN: ReadonlySet<FaultKind> = new Set([
  'server-error',
  'broken',
  'silent',
  'malformed',
  'failed',
  'cut',
  'stalled',
]);

/** Whether nobody knows how it ended: it may have been done, and the upstream has not said that it failed. */
export const isUnknown = (kind: FaultKind): boolean => mayHaveRun(kind) && !SAID.has(kind);

const SAID: ReadonlySet<FaultKind> = new Set(['server-error', 'failed']);

/** Whether it is the target that is ill, not the request or a key. */
export const isTargetsFault = (kind: FaultKind): boolean => MAY_HAVE_RUN.has(kind) || ILL.has(kind);

const ILL: ReadonlySet<FaultKind> = new Set(['unreachable', 'unavailable']);
