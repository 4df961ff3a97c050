import { GatewayError } from '@app/errors';
import { expect, it } from 'vitest';
import { isRefusal } from './is-refusal.js';

const withCode = (code: string): Error => Object.assign(new Error('from Postgres'), { code });

it.each([
  ['a text with U+0000', withCode('22021'), true],
  ['a number out of range', withCode('22003'), true],
  ['a CHECK constraint', withCode('23514'), true],
  ['a statement that took too long', withCode('57014'), false],
  ['a table that is not there yet', withCode('42P01'), false],
  ['a socket', withCode('ECONNREFUSED'), false],
  ['Postgres away', new GatewayError('SERVICE_UNAVAILABLE', 'away'), false],
  ['no error at all', null, false],
])('%s', (_, error, refused) => {
  expect(isRefusal(error)).toBe(refused);
});
