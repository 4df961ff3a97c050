import type { SandboxState } from '../state.js';
import { readDirections, type Fault } from './read-directions.js';

/** A prompt with its directions read: what one paid request is to get. */
export interface Order {
  /** As it arrived. */
  readonly prompt: string;
  /** Without directions: what the result shows. */
  readonly text: string;
  readonly workMs: number;
  /** Whether the prompt asks for this fault now; a true counts towards `[[fault:NAME:N]]`. */
  shows(fault: Fault): boolean;
}

/** A direction that cannot be read, or that this vendor has no way to show. Each vendor answers it with its own 400. */
export class DirectionError extends Error {
  override readonly name = 'DirectionError';
}

/** @throws DirectionError rather than leave a direction without effect. */
export function takeOrder(
  state: SandboxState,
  prompt: string,
  rules: { readonly faults: readonly Fault[]; readonly delayMs: number },
): Order {
  const read = readDirections(prompt);
  if (!read.ok) throw new DirectionError(`Sandbox direction ${read.problem}`);
  const { delayMs, fault, text } = read.directions;
  if (fault && !rules.faults.includes(fault.name)) {
    throw new DirectionError(
      `Sandbox direction [[fault:${fault.name}]]: nothing here could show it; this call takes ${rules.faults.join(', ')}.`,
    );
  }
  return {
    prompt,
    text,
    workMs: delayMs ?? rules.delayMs,
    shows: (name) => fault?.name === name && state.faults.show(prompt, fault),
  };
}
