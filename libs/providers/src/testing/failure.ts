import { ProviderError } from '@app/errors';
import type { ReplayAnswer } from './replay-server.js';

/** The ProviderError that a call ends in; anything else fails the test as what it is. */
export async function providerErrorOf(call: Promise<unknown>): Promise<ProviderError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof ProviderError) return error;
    throw error;
  }
  throw new Error('The call was expected to fail');
}

/** The parts of an error that decide what happens next. */
interface ErrorVerdict {
  readonly accepted: 'no' | 'unknown';
  readonly retryable: boolean;
  readonly taskError?: string;
  readonly retryAfterMs?: number;
  readonly providerCode?: string;
}

/** A row of a vendor's table of errors. */
export interface ErrorCase {
  readonly name: string;
  readonly answer: ReplayAnswer;
  readonly verdict: ErrorVerdict;
}
