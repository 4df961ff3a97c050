/**
 * Every fault that a prompt can ask for. Where one shows:
 * submit: `error-*`, `reset-after-accept`, `hang`; poll: `regress`, `unknown-status`, `expired-url`
 * (the link is dead when it is handed out); result: `moderated`, `moderated-part` (one of several
 * results is withheld), `fail`; download:
 * `truncated-output`, `html-output`, `slow-output`; webhook: `duplicate-hook`.
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
] as const;
export type Fault = (typeof FAULTS)[number];

export interface FaultDirection {
  readonly name: Fault;
  /** `[[fault:NAME:2]]`: shown the first two times only; null: always. */
  readonly firstRequests: number | null;
}

interface Directions {
  /** Work time asked for, milliseconds; null: the sandbox's own. */
  readonly delayMs: number | null;
  readonly fault: FaultDirection | null;
  /** The prompt without its directions: what pictures and answers show. */
  readonly text: string;
}

export type ReadDirections =
  | { readonly ok: true; readonly directions: Directions }
  | { readonly ok: false; readonly problem: string };

const DIRECTION = /\[\[(delay|fault):([^\]]*)\]\]/g;
const DELAY = /^(\d{1,7})(ms|s)$/;
const FAULT = /^([a-z0-9-]+)(?::([1-9]\d{0,5}))?$/;

/** Pure. A misspelled direction is a problem, never ignored: a test must not pass by a typing error. */
export function readDirections(prompt: string): ReadDirections {
  let delayMs: number | null = null;
  let fault: FaultDirection | null = null;
  for (const [whole, kind, value = ''] of prompt.matchAll(DIRECTION)) {
    if (kind === 'delay') {
      if (delayMs !== null) return problem(`${whole}: only one delay in a prompt.`);
      delayMs = readDelay(value);
      if (delayMs === null)
        return problem(`${whole}: a delay is written [[delay:5s]] or [[delay:200ms]].`);
      continue;
    }
    if (fault !== null) return problem(`${whole}: only one fault in a prompt.`);
    fault = readFault(value);
    if (fault === null) {
      return problem(
        `${whole}: a fault is [[fault:NAME]] or [[fault:NAME:2]]; NAME is ${FAULTS.join(', ')}.`,
      );
    }
  }
  const text = prompt.replaceAll(DIRECTION, ' ').replaceAll(/\s+/g, ' ').trim();
  return { ok: true, directions: { delayMs, fault, text } };
}

function readDelay(value: string): number | null {
  const [, amount, unit] = DELAY.exec(value) ?? [];
  if (amount === undefined) return null;
  return unit === 's' ? Number(amount) * 1000 : Number(amount);
}

function readFault(value: string): FaultDirection | null {
  const [, written, count] = FAULT.exec(value) ?? [];
  const name = FAULTS.find((known) => known === written);
  if (name === undefined) return null;
  return { name, firstRequests: count === undefined ? null : Number(count) };
}

const problem = (message: string): ReadDirections => ({ ok: false, problem: message });
