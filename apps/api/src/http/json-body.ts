import { isUtf8 } from 'node:buffer';
import { GatewayError } from '@app/errors';

/** @throws GatewayError INVALID_REQUEST */
export function parseJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new GatewayError('INVALID_REQUEST', 'The body is not valid UTF-8.');
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    // JSON.parse throws nothing else than SyntaxError; what is left is a stack that was too short.
    const reason =
      error instanceof SyntaxError ? withoutBody(error.message) : 'it is nested too deeply';
    throw new GatewayError('INVALID_REQUEST', `The body is not valid JSON: ${reason}`);
  }
}

/** V8 quotes what stands around the mistake, which may be a secret that was sent to be stored. */
const withoutBody = (message: string): string =>
  message
    .replace(/, (?:\.\.\.)?".*is not valid JSON$/s, '')
    .replace(/^(".*) is not valid JSON$/s, 'it is no JSON');
