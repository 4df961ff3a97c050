import { monotonicFactory } from 'ulid';

const ulid = monotonicFactory();

export const newInputId = (): string => `in-${ulid()}`;

/** How a task names a kept input: not an address that anybody could open, and worth something to its tenant alone. */
export const inputUrl = (inputId: string): string => `input:${inputId}`;

export function inputIdOf(url: string): string | null {
  return /^input:(in-[0-9A-Z]{26})$/.exec(url)?.[1] ?? null;
}
