import { GatewayError } from '@app/errors';
import { describe, expect, it } from 'vitest';
import { parseJson } from './json-body.js';

function messageOf(text: string): string {
  try {
    parseJson(Buffer.from(text));
  } catch (error) {
    if (error instanceof GatewayError) return error.message;
    throw error;
  }
  throw new Error('It was taken for JSON');
}

describe('a body that is no JSON', () => {
  it.each([
    ['{"secret":sk-hush}', "Unexpected token 's'"],
    ['{"provider":"bfl","secret":sk-hush,"label":"somewhere"}', "Unexpected token 's'"],
    ['sk-hush', "Unexpected token 's'"],
    ['{"secret":"sk-hush', 'position 18'],
    ['{"secret":"sk-hush","more":\n"sk-hush"]', 'line 2'],
  ])('is refused in words that repeat nothing of it: %s', (text, says) => {
    expect(messageOf(text)).toContain(says);
    expect(messageOf(text)).not.toContain('hush');
  });
});
