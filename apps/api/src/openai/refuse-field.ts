import { GatewayError } from '@app/errors';

/** What is wrong with one field of an OpenAI-shaped request, and what is taken instead. */
export const refuseField = (param: string, problem: string): GatewayError =>
  new GatewayError('INVALID_REQUEST', `${param}: ${problem}.`, { param });
