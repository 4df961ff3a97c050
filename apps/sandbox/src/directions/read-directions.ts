/**
 * Every fault that a prompt can ask for. Where one shows:
 * submit: `error-*`, `quota`, `bad-key`, `context-length`, `prefill-refused`, `reset` (all of them before
 * anything is counted), `reset-after-accept`, `hang`; poll: `regress`, `unknown-status`, `expired-url`
 * (the link is dead when it is handed out); result: `moderated`, `moderated-part` (one of several
 * results is withheld), `fail`; download: `truncated-output`, `html-output`, `slow-output`; webhook:
 * `duplicate-hook`; answers in text: `slow-first-token`, `stall`, `content-filter`; streams of them:
 * `error-frame`, `malformed-frame`, `no-finish`, `no-done`.
 */
export const FAULTS = [
  'error-429',
  'error-429-retry-after',
  'error-500',
  'reset-after-accept',
  'hang',
  'moderated',
  'moderated-part',
  'fail',
  'regress',
  'unknown-status',
  'duplicate-hook',
  'expired-url',
  'truncated-output',
  'html-output',
  'slow-output',
  'error-503',
  'quota',
  'bad-key',
  'context-length',
  'prefill-refused',
  'reset',
  'slow-first-token',
  'stall',
  'content-filter',
  'error-frame',
  'malformed-frame',
  'no-finish',
  'no-done',
] as const;
export type Fault = (typeof FAULTS)[number];

export interface FaultDirection {
  readonly name: Fault;
  /** `[[fault:NAME:2]]`: shown the first two times only; null: always. */
  readonly firstRequests: number | null;
  /** `[[fault:NAME@WHERE]]`: shown to requests for this model, or at this upstream, alone; null: to all. */
  readonly where: string | null;
}

interface Directions {
  /** Work time asked for, milliseconds; null: the sandbox's own. */
  readonly delayMs: number | null;
  /** At most one for each place. */
  readonly faults: readonly FaultDirection[];
  /** The prompt without its directions: what pictures and answers show. */
  readonly text: string;
}

export type ReadDirections =
  | { readonly ok: true; readonly directions: Directions }
  | { readonly ok: false; readonly problem: string };

const DIRECTION = /\[\[(delay|fault):([^\]]*)\]\]/g;
const DELAY = /^(\d{1,7})(ms|s)$/;
const FAULT = /^([a-z0-9-]+)(?::([1-9]\d{0,5}))?(?:@([\w.-]{1,100}))?$/;

/** Pure. A misspelled direction is a problem, never ignored: a test must not pass by a typing error. */
export function readDirections(prompt: string): ReadDirections {
  let delayMs: number | null = null;
  const faults: FaultDirection[] = [];
  for (const [whole, kind, value = ''] of prompt.matchAll(DIRECTION)) {
    if (kind === 'delay') {
      if (delayMs !== null) return problem(`${whole}: only one delay in a prompt.`);
      delayMs = readDelay(value);
      if (delayMs === null)
        return problem(`${whole}: a delay is written [[delay:5s]] or [[delay:200ms]].`);
      continue;
    }
    const fault = readFault(value);
    if (fault === null) {
      return problem(
        `${whole}: a fault is [[fault:NAME]], [[fault:NAME:2]] or [[fault:NAME@MODEL]]; NAME is ${FAULTS.join(', ')}.`,
      );
    }
    if (faults.some(({ where }) => where === fault.where))
      return problem(`${whole}: only one fault in a prompt, or one for each @MODEL.`);
    faults.push(fault);
  }
  const text = prompt.replaceAll(DIRECTION, ' ').replaceAll(/\s+/g, ' ').trim();
  return { ok: true, directions: { delayMs, faults, text } };
}

function readDelay(value: string): number | null {
  const [, amount, unit] = DELAY.exec(value) ?? [];
  if (amount === undefined) return null;
  return unit === 's' ? Number(amount) * 1000 : Number(amount);
}

function readFault(value: string): FaultDirection | null {
  const [, written, count, where = null] = FAULT.exec(value) ?? [];
  const name = FAULTS.find((known) => known === written);
  if (name === undefined) return null;
  return { name, firstRequests: count === undefined ? null : Number(count), where };
}

const problem = (message: string): ReadDirections => ({ ok: false, problem: message });
