import { GatewayError } from '@app/errors';

/** What is wrong with one field of an OpenAI-shaped request, and what is taken instead. */
export const refuseField = (param: string, problem: string): GatewayError =>
  new GatewayError('INVALID_REQUEST', `${param}: ${problem}.`, { param });

/** The beginning of what a caller sent, for messages. */
export function shown(value: unknown): string {
  const text = JSON.stringify(typeof value === 'string' ? value.slice(0, MAX_SHOWN) : value) ?? '';
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

const MAX_SHOWN = 80;
