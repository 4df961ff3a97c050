import { isUtf8 } from 'node:buffer';
import { GatewayError } from '@app/errors';

/** @throws GatewayError INVALID_REQUEST */
export function parseJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new GatewayError('INVALID_REQUEST', 'The body is not valid UTF-8.');
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    // JSON.parse throws nothing else than SyntaxError; what is left is a stack that was too short.
    const reason = error instanceof SyntaxError ? error.message : 'it is nested too deeply';
    throw new GatewayError('INVALID_REQUEST', `The body is not valid JSON: ${reason}`);
  }
}
