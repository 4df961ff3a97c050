import type { SandboxState } from '../state.js';
import { readDirections, type Fault, type FaultDirection } from './read-directions.js';

/** A prompt with its directions read: what one paid request is to get. */
export interface Order {
  /** As it arrived. */
  readonly prompt: string;
  /** Without directions: what the result shows. */
  readonly text: string;
  readonly workMs: number;
  /** Whether this fault is to be shown now; a true counts towards `[[fault:NAME:N]]`. */
  shows(fault: Fault): boolean;
}

interface OrderRules {
  /** What this call has a way to show. */
  readonly faults: readonly Fault[];
  /** Work time without `[[delay:…]]`. */
  readonly delayMs: number;
  /** What the `@…` of a fault may call this request; none: it takes no such fault. */
  readonly names?: readonly string[];
  /** Shown where the prompt asks for none. */
  readonly standing?: Fault | null;
}

/** A direction that cannot be read, or that this vendor has no way to show. Each vendor answers it with its own 400. */
export class DirectionError extends Error {
  override readonly name = 'DirectionError';
}

/** @throws DirectionError rather than leave a direction without effect. */
export function takeOrder(state: SandboxState, prompt: string, rules: OrderRules): Order {
  const read = readDirections(prompt);
  if (!read.ok) throw new DirectionError(`Sandbox direction ${read.problem}`);
  const { delayMs, faults, text } = read.directions;
  for (const fault of faults) refuseUnshowable(fault, rules);
  const asked = faultFor(faults, rules.names ?? []);
  return {
    prompt,
    text,
    workMs: delayMs ?? rules.delayMs,
    shows: (name) =>
      asked === null
        ? rules.standing === name
        : asked.name === name && state.faults.show(prompt, asked),
  };
}

function refuseUnshowable({ name, where }: FaultDirection, { faults, names }: OrderRules): void {
  if (!faults.includes(name)) {
    throw new DirectionError(
      `Sandbox direction [[fault:${name}]]: nothing here could show it; this call takes ${faults.join(', ')}.`,
    );
  }
  if (where !== null && names === undefined) {
    throw new DirectionError(
      `Sandbox direction [[fault:${name}@${where}]]: this call takes faults without @ only.`,
    );
  }
}

/** The one for this very place goes before the one for all. */
function faultFor(
  faults: readonly FaultDirection[],
  names: readonly string[],
): FaultDirection | null {
  const here = faults.find(({ where }) => where !== null && names.includes(where));
  return here ?? faults.find(({ where }) => where === null) ?? null;
}
